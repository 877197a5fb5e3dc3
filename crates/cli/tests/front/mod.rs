//! A web server of a few lines: it passes each request on by CGI, by SCGI, or as inetd does.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use super::support::outcrop;

/// How requests are passed on.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// To a program, as a CGI script that is found at this path.
    Cgi { script: PathBuf, place: &'static str, user: Option<&'static str> },
    /// To a server.
    Scgi { server: SocketAddr, place: &'static str },
    /// To a program, whose standard streams are all the connection.
    Inetd { arguments: Vec<String> },
}

/// Listens on a free port, for as long as the test runs.
pub(crate) fn listen(way: Way) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let way = way.clone();
            thread::spawn(move || pass_on(stream.expect("a client"), way));
        }
    });
    address
}

fn pass_on(mut client: TcpStream, way: Way) {
    match way {
        Way::Inetd { arguments } => {
            let same = || OwnedFd::from(client.try_clone().expect("the connection"));
            let mut command = outcrop(arguments);
            command.stdin(Stdio::from(same())).stdout(same()).stderr(same());
            assert!(command.status().expect("outcrop runs").success());
        }
        Way::Cgi { script, place, user } => {
            let (mut variables, body) = read(&mut client, place);
            variables.extend(user.map(|user| ("REMOTE_USER".to_owned(), user.to_owned())));
            let mut command = Command::new(&script);
            command.env_clear().envs(variables).current_dir("/");
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().expect("the script runs");
            let mut input = child.stdin.take().expect("its input");
            // It may want none of the body.
            let _ = input.write_all(&body);
            drop(input);
            let said = child.wait_with_output().expect("its output").stdout;
            reply(&mut client, &said);
        }
        Way::Scgi { server, place } => {
            let (mut variables, body) = read(&mut client, place);
            // As nginx has it, which leaves that to the server.
            variables.retain(|(name, _)| name != "PATH_INFO");
            let pairs: Vec<_> =
                variables.iter().map(|(name, value)| format!("{name}\0{value}\0")).collect();
            let head = pairs.concat();
            let mut server = TcpStream::connect(server).expect("a server");
            write!(server, "{}:{head},", head.len()).expect("a head");
            let _ = server.write_all(&body);
            let mut said = Vec::new();
            server.read_to_end(&mut said).expect("an answer");
            reply(&mut client, &said);
        }
    }
}

/// Reads a request.
fn read(client: &mut TcpStream, place: &str) -> (Vec<(String, String)>, Vec<u8>) {
    let mut text = Vec::new();
    let end = loop {
        if let Some(at) = text.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let mut some = [0; 4096];
        let len = client.read(&mut some).expect("a request");
        assert!(len > 0, "half a request");
        text.extend_from_slice(&some[..len]);
    };
    let head = String::from_utf8(text[..end].to_vec()).expect("a head");
    let mut body = text.split_off(end);
    let mut lines = head.lines();
    let mut first = lines.next().expect("a line").split(' ');
    let (method, target) = (first.next().expect("a method"), first.next().expect("a target"));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let peer = client.peer_addr().expect("a client");
    let mut variables: Vec<(String, String)> = [
        ("CONTENT_LENGTH", "0".to_owned()),
        ("SCGI", "1".to_owned()),
        ("GATEWAY_INTERFACE", "CGI/1.1".to_owned()),
        ("REQUEST_METHOD", method.to_owned()),
        ("REQUEST_URI", target.to_owned()),
        ("SCRIPT_NAME", place.to_owned()),
        ("PATH_INFO", path.strip_prefix(place).expect("a path below").replace("%20", " ")),
        ("QUERY_STRING", query.to_owned()),
        ("REMOTE_ADDR", peer.ip().to_string()),
        ("PATH", std::env::var("PATH").expect("a path")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mut length = 0;
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").expect("a header");
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                length = value.parse().expect("a length");
                value.clone_into(&mut variables[0].1);
            }
            "content-type" => variables.push(("CONTENT_TYPE".to_owned(), value.to_owned())),
            name => {
                let name = name.to_uppercase().replace('-', "_");
                variables.push((format!("HTTP_{name}"), value.to_owned()));
            }
        }
    }
    let missing = length - body.len();
    let mut rest = vec![0; missing];
    client.read_exact(&mut rest).expect("a body");
    body.extend_from_slice(&rest);
    (variables, body)
}

/// Turns an answer of CGI into one of HTTP.
fn reply(client: &mut TcpStream, said: &[u8]) {
    let end = said.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(said[..end].to_vec()).expect("a head");
    let mut answer = String::from("HTTP/1.0 ");
    let status = head.lines().next().and_then(|line| line.strip_prefix("Status: "));
    write!(answer, "{}\r\n", status.expect("a status")).expect("text");
    for line in head.lines().skip(1) {
        write!(answer, "{line}\r\n").expect("text");
    }
    // A client that went away needs no answer.
    let _ = client.write_all(answer.as_bytes());
    let _ = client.write_all(&said[end + 2..]);
    let _ = client.shutdown(Shutdown::Both);
}
