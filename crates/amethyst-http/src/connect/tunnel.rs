//! A tunnel through a proxy: `CONNECT host:port`.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::HttpError;
use crate::proxy::Proxy;
use crate::target::Target;

/// The head of the proxy's answer may be this long.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Asks the proxy for a connection to the target; afterwards the stream is the target's.
pub(crate) async fn open(stream: &mut TcpStream, proxy: &Proxy, target: &Target) -> Result<(), HttpError> {
    let host = target.host();
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let mut ask = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n", port = target.port());
    if let Some(value) = proxy.authorization()
        && let Ok(value) = value.to_str()
    {
        ask.push_str(&format!("Proxy-Authorization: {value}\r\n"));
    }
    ask.push_str("\r\n");
    let broken = |error: std::io::Error| HttpError::from_client(&error);
    stream.write_all(ask.as_bytes()).await.map_err(broken)?;
    let mut head = Vec::new();
    // Byte by byte, for what follows the head belongs to the target.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == HEAD_BYTES_MAX {
            return Err(HttpError::Malformed("the proxy's answer to CONNECT is too long".to_owned()));
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let line = String::from_utf8_lossy(&head);
    let line = line.lines().next().unwrap_or_default();
    let status = line.split(' ').nth(1).unwrap_or_default();
    if line.starts_with("HTTP/1.") && status.len() == 3 && status.starts_with('2') {
        return Ok(());
    }
    Err(HttpError::Proxy(format!("the proxy {}:{} refuses: {line}", proxy.host, proxy.port)))
}
