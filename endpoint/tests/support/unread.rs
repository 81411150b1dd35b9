//! A client that asks and takes nothing of the answer.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
};

/// A connection on which this was sent, and whose answer finds hardly any room.
pub(crate) fn unread(server: SocketAddr, sent: &[u8]) -> TcpStream {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    );
    let socket = socket.unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 4096).unwrap();
    rustix::net::connect(&socket, &server).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.write_all(sent).unwrap();
    stream
}
