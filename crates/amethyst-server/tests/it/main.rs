//! The server through its edge: requests and answers as HTTP, without a socket.

mod answers;
mod discovery;
mod support;
