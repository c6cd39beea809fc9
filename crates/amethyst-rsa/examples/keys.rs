//! `keys SEED [COUNT [BITS]]`: keys from a seed as PEM, for other programs to check; how long they took on the other
//! stream.

use amethyst_rsa::{Size, generate};
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the keys are what is asked for")]
#[expect(clippy::disallowed_methods, reason = "times are measured")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut state: u64 = arguments.next().unwrap_or_default().parse()?;
    let count: u32 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let size = if arguments.next().as_deref() == Some("4096") { Size::Bits4096 } else { Size::Bits2048 };
    // Not for keys that are to be secret.
    let mut random = move |out: &mut [u8]| {
        for byte in out {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
    };
    let started = std::time::Instant::now();
    for _ in 0..count {
        print!("{}", generate(size, &mut random)?.to_pkcs1_pem(LineEnding::LF)?.as_str());
    }
    eprintln!("{:.1} ms each", started.elapsed().as_secs_f64() * 1e3 / f64::from(count.max(1)));
    Ok(())
}
