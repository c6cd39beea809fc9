//! The other side: a program that answers frames with frames.

use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What is asked, and of which text.
pub(crate) type Question = (u8, String);
/// The result, or the error's text.
pub(crate) type Answer = Result<String, String>;

pub(crate) struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    pub(crate) fn start(program: &str) -> Self {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts: build it with `cargo xtask peers yaml`");
        let input = child.stdin.take().expect("its input is piped");
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        Self { child, input, output }
    }

    /// Asks all questions at once.
    pub(crate) fn ask(&mut self, questions: &[Question]) -> Vec<Answer> {
        let mut frames = Vec::new();
        for (what, text) in questions {
            frames.push(*what);
            frames.extend((text.len() as u32).to_be_bytes());
            frames.extend(text.as_bytes());
        }
        let (input, output) = (&mut self.input, &mut self.output);
        std::thread::scope(|scope| {
            scope.spawn(move || input.write_all(&frames).and_then(|()| input.flush()));
            questions.iter().map(|_| answer(output)).collect()
        })
    }
}

fn answer(output: &mut impl Read) -> Answer {
    let mut head = [0; 5];
    output.read_exact(&mut head).expect("the oracle answers");
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let mut body = vec![0; length as usize];
    output.read_exact(&mut body).expect("the oracle answers in full");
    let text = String::from_utf8_lossy(&body).into_owned();
    if head[0] == 0 { Ok(text) } else { Err(text) }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
