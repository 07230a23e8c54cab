//! Who listens on this machine, out of the kernel's own tables. Linux only; elsewhere nothing is seen.

/// Local addresses, in the kernel's hexadecimal, that listen on a port: `0100007F` is 127.0.0.1.
pub fn addresses(port: u16) -> Vec<String> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|text| parse(&text, port))
        .collect()
}

/// 127.0.0.1 as the kernel writes it.
pub const LOOPBACK: &str = "0100007F";

fn parse(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let wanted = format!("{port:04X}");
    let line = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, state) = (words.next()?, words.nth(1)?);
        let (address, seen) = local.split_once(':')?;
        (state == LISTEN && seen == wanted).then(|| address.to_owned())
    };
    table.lines().skip(1).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listeners_of_that_port_are_found() {
        let table = "  sl  local_address rem_address   st tx_queue\n\
                     0: 0100007F:4E20 00000000:0000 0A 00000000:00000000\n\
                     1: 00000000:4E20 00000000:0000 0A 00000000:00000000\n\
                     2: 0100007F:4E20 0100007F:8000 01 00000000:00000000\n\
                     3: 0100007F:4E21 00000000:0000 0A 00000000:00000000\n";
        assert_eq!(parse(table, 20_000), [LOOPBACK, "00000000"]);
    }
}
