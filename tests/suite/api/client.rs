//! A server that runs beside a test, and a client that asks it and holds every answer against the description of the API.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::test_org::TestOrg;

/// A server, ended with this value.
pub(crate) struct Server {
    child: Child,
    address: String,
    description: Value,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

/// What is asked: who asks, and with which headers.
#[derive(Clone, Default)]
pub(crate) struct Asker {
    pub(crate) headers: Vec<(String, String)>,
}

impl Server {
    /// Starts `statuary serve` where commands of `org` run.
    #[track_caller]
    pub(crate) fn start(org: &TestOrg) -> Self {
        let mut child = org.command(&["serve", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut server = Self { child, address, description: Value::Null };
        // It knows its organizations once it has built them.
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while server.send("GET", "/readyz", &Asker::default(), "").status != 200 {
            assert!(std::time::Instant::now() < deadline, "the server does not get ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        server.description = strict(server.send("GET", "/api/openapi.json", &Asker::default(), "").json());
        server
    }

    /// Sends a request and holds the answer against the description, where it is one of the API's.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, target: &str, asker: &Asker, body: &str) -> Answer {
        let answer = self.send(method, target, asker, body);
        self.check(method, target, &answer);
        answer
    }

    /// Sends a request as it is.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, target: &str, asker: &Asker, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in &asker.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::parse(&String::from_utf8(bytes).unwrap())
    }

    /// The operations that change something, by id.
    pub(crate) fn operations(&self) -> Vec<(String, String)> {
        let paths = self.description["paths"].as_object().unwrap();
        let of_path = |operations: &Value| {
            let operations = operations.as_object().unwrap().iter();
            operations.map(|(method, told)| (method.clone(), told["operationId"].as_str().unwrap().to_owned())).collect::<Vec<_>>()
        };
        paths.values().flat_map(of_path).collect()
    }

    /// Every operation as its method, its path with `1` for what varies, and whether everybody may.
    pub(crate) fn requests(&self) -> Vec<(String, String, bool)> {
        let paths = self.description["paths"].as_object().unwrap();
        let filled = |pattern: &str| -> String {
            pattern.split('/').map(|name| if name.starts_with('{') { "1" } else { name }).collect::<Vec<_>>().join("/")
        };
        let of_path = |(pattern, operations): (&String, &Value)| {
            let operations = operations.as_object().unwrap().iter();
            operations.map(|(method, told)| (method.to_uppercase(), filled(pattern), told.get("security").is_some())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of_path).collect()
    }

    /// The operation that a request is, where it is one.
    pub(crate) fn operation(&self, method: &str, target: &str) -> Option<&Value> {
        let path = target.split('?').next().unwrap();
        let path = path.get(path.find("/api/")?..)?;
        let fits = |pattern: &str| {
            let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
            pattern.len() == path.len() && pattern.iter().zip(&path).all(|(wanted, name)| wanted.starts_with('{') || wanted == name)
        };
        let paths = self.description["paths"].as_object()?;
        paths.iter().filter(|(pattern, _)| fits(pattern)).find_map(|(_, told)| told.get(method.to_ascii_lowercase()))
    }

    #[track_caller]
    fn check(&self, method: &str, target: &str, answer: &Answer) {
        let Some(operation) = self.operation(method, target) else { return };
        let described = &operation["responses"][answer.status.to_string()];
        assert!(!described.is_null(), "{method} {target}: {} is not described: {}", answer.status, answer.text);
        let media_type = answer.header("content-type").unwrap();
        let schema = &described["content"][media_type]["schema"];
        assert!(!schema.is_null(), "{method} {target}: no {media_type} is described for {}", answer.status);
        let whole = json!({ "$ref": schema["$ref"], "components": self.description["components"] });
        let validator = jsonschema::validator_for(&whole).unwrap();
        let document = answer.json();
        let complaints: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{} at {}", error, error.instance_path)).collect();
        assert_eq!(complaints, Vec::<String>::new(), "{method} {target}: {}", answer.text);
        for name in described["headers"].as_object().into_iter().flat_map(|headers| headers.keys()).filter(|name| *name != "Link") {
            assert!(answer.header(&name.to_ascii_lowercase()).is_some(), "{method} {target} has no {name}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The description in which what is answered is closed, so that a field nobody described is found.
fn strict(mut description: Value) -> Value {
    for (name, schema) in description["components"]["schemas"].as_object_mut().unwrap() {
        if schema.get("properties").is_some() && !matches!(name.as_str(), "PublicDocument" | "OpenApi") {
            schema["additionalProperties"] = json!(false);
        }
    }
    description
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).unwrap();
        Self { status, headers: lines.map(header).collect(), text: body.to_owned() }
    }

    /// The header of this name, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The document that was answered.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not one JSON document: {error}\n{}", self.text))
    }

    /// It has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl Asker {
    /// Whoever has this token, sending JSON.
    pub(crate) fn with(token: &str) -> Self {
        Self::default().and("Authorization", &format!("Bearer {token}")).and("Content-Type", "application/json")
    }

    /// The same with one more header.
    pub(crate) fn and(&self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.push((name.to_owned(), value.to_owned()));
        Self { headers }
    }

    /// The same without the headers of this name.
    pub(crate) fn without(&self, name: &str) -> Self {
        Self { headers: self.headers.iter().filter(|(known, _)| known != name).cloned().collect() }
    }
}

/// A token of the organization in which commands run.
#[track_caller]
pub(crate) fn token(org: &TestOrg, options: &str) -> String {
    org.run(&format!("token create {options}")).text().lines().next().unwrap().to_owned()
}
