//! Large answers compressed, for clients that are not on this machine.
//!
//! As upstream (kubernetes/apiserver `pkg/endpoints/handlers/responsewriters/writers.go`): gzip at its fastest
//! level from 128 KiB on. Over loopback it would only cost both sides time, so there it is not done.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY};
use zlib_rs::{DeflateConfig, ReturnCode};

use super::answer::Answer;
use super::body::ResponseBody;

const BYTES_MIN: usize = 128 << 10;
const LEVEL: i32 = 1;
/// The largest window, with gzip's head and checksum instead of zlib's.
const GZIP_WINDOW_BITS: i32 = 15 + 16;

/// Whether a client takes gzip.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let texts = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|part| {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        name.trim() == "gzip" && !matches!(parameters.trim(), "q=0" | "q=0.0")
    })
}

/// Compresses the body of an answer if it is large enough and comes in one piece.
pub(crate) async fn compress(mut answer: Answer) -> Answer {
    let large = answer.body().bytes().is_some_and(|bytes| bytes.len() >= BYTES_MIN);
    let Some(bytes) = answer.body().bytes().filter(|_| large).cloned() else { return answer };
    if answer.headers().contains_key(CONTENT_ENCODING) {
        return answer;
    }
    let packed = tokio::task::spawn_blocking(move || gzip(&bytes)).await;
    let Ok(Some(packed)) = packed else { return answer };
    *answer.body_mut() = ResponseBody::full(packed);
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer.headers_mut().append(VARY, HeaderValue::from_static("Accept-Encoding"));
    answer
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    // What does not shrink is deflate's blocks as they stand, with a head of five bytes each, and gzip's ends.
    let mut out = vec![0; zlib_rs::compress_bound(bytes.len()) + 18];
    let config = DeflateConfig { level: LEVEL, window_bits: GZIP_WINDOW_BITS, ..DeflateConfig::default() };
    let (packed, code) = zlib_rs::compress_slice(&mut out, bytes, config);
    let length = packed.len();
    if code != ReturnCode::Ok {
        tracing::error!(?code, "failed to compress an answer; it goes out as it is");
        return None;
    }
    out.truncate(length);
    Some(Bytes::from(out))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Response};
    use zlib_rs::{InflateConfig, ReturnCode};

    use super::{BYTES_MIN, ResponseBody, compress, is_wanted};

    #[tokio::test]
    async fn large_answers_are_packed() {
        let text = "kubernetes ".repeat(BYTES_MIN / 10);
        let answer = compress(Response::new(ResponseBody::full(text.clone()))).await;
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        let packed = answer.body().bytes().unwrap();
        assert!(packed.len() < text.len() / 10);
        let mut out = vec![0; text.len()];
        let (found, code) = zlib_rs::decompress_slice(&mut out, packed, InflateConfig { window_bits: 31 });
        assert_eq!((&*found, code), (text.as_bytes(), ReturnCode::Ok));
        let small = compress(Response::new(ResponseBody::full("x"))).await;
        assert!(!small.headers().contains_key("content-encoding"));
    }

    #[test]
    fn clients_say_whether_they_take_it() {
        let wanted = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("accept-encoding", text.parse().unwrap());
            is_wanted(&headers)
        };
        assert!(wanted("gzip") && wanted("br, gzip;q=0.5"));
        assert!(!wanted("identity") && !wanted("gzip;q=0"));
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
