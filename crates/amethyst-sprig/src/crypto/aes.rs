//! AES-256 in CBC mode; the key is the password, cut or filled with zeros.

use aes::Aes256;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use amethyst_gotemplate::Engine;

use crate::encode::{base64_of, corrupt, decode_base64};

const BLOCK: usize = 16;

fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    Aes256::new(&key.into())
}

pub(super) fn encrypt(engine: &mut Engine<'_>, password: &[u8], text: &[u8]) -> String {
    let cipher = cipher(password);
    let padding = BLOCK - text.len() % BLOCK;
    let mut last = [0; BLOCK];
    engine.host().random(&mut last);
    let mut out = last.to_vec();
    let padded = [text, &vec![padding as u8; padding]].concat();
    for chunk in padded.chunks(BLOCK) {
        for (byte, plain) in last.iter_mut().zip(chunk) {
            *byte ^= plain;
        }
        let mut block = last.into();
        cipher.encrypt_block(&mut block);
        last = block.into();
        out.extend_from_slice(&last);
    }
    base64_of(&out)
}

pub(super) fn decrypt(password: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let data = decode_base64(text).map_err(|at| corrupt("base64", at))?;
    if data.len() < BLOCK {
        let length = data.len();
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {length}"));
    }
    let (mut last, rest) = data.split_at(BLOCK);
    if rest.len() % BLOCK != 0 {
        return Err("crypto/cipher: input not full blocks".to_owned());
    }
    let cipher = cipher(password);
    let mut out = Vec::with_capacity(rest.len());
    for chunk in rest.chunks_exact(BLOCK) {
        let mut block = *aes::Block::from_slice(chunk);
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(last).map(|(byte, last)| byte ^ last));
        last = chunk;
    }
    let Some(padding) = out.last().copied() else {
        return Err("runtime error: index out of range [-1]".to_owned());
    };
    let Some(length) = out.len().checked_sub(usize::from(padding)) else {
        let end = out.len() as i64 - i64::from(padding);
        return Err(format!("runtime error: slice bounds out of range [:{end}]"));
    };
    out.truncate(length);
    Ok(out)
}
