//! Every word looks at all words, several times over (Vaswani et al. 2017): `[batch, words, width]` in,
//! `[batch, read, width]` out.

use tch::Tensor;
use tch::nn::Path;
use torch_sys::C_tensor;

use super::block::{first, linear};
use super::{NetworkShape, Size};
use crate::linear::Linear;

#[derive(Debug)]
pub struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: i64,
}

impl Attention {
    pub fn new(path: &Path, size: Size, shape: &NetworkShape) -> Self {
        let square = |path: Path| linear(path, size.width, size.width, shape);
        let inner = path / "attention";
        Self {
            query: square(&inner / "query"),
            key: square(&inner / "key"),
            value: square(&inner / "value"),
            output: square(path / "output" / "dense"),
            heads: size.heads,
        }
    }

    /// What the first `read` words hear.
    pub fn forward(&self, words: &Tensor, read: i64) -> Tensor {
        let by_head = |linear: &Linear, words: &Tensor| {
            let split = linear.forward(words).unflatten(-1, [self.heads, -1]);
            split.transpose(1, 2)
        };
        let query = by_head(&self.query, &first(words, read));
        let [key, value] = [&self.key, &self.value].map(|linear| by_head(linear, words));
        let heard =
            attend_by_tiles(&query, &key, &value).unwrap_or_else(|| attend(&query, &key, &value));
        self.output.forward(&heard.transpose(1, 2).flatten(2, -1))
    }
}

/// `[batch, heads, words, width of a head]`, of which `query` may have fewer words, to what each query hears.
fn attend(query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
    let no_mask: Option<&Tensor> = None;
    Tensor::scaled_dot_product_attention(query, key, value, no_mask, 0.0, false, None, false)
}

/// The same, for heads of 64 numbers in bfloat16 on a CPU with matrix tiles; none elsewhere.
fn attend_by_tiles(query: &Tensor, key: &Tensor, value: &Tensor) -> Option<Tensor> {
    // SAFETY: the tensors live.
    let heard = unsafe { playlist_fit_attend(query.as_ptr(), key.as_ptr(), value.as_ptr()) };
    // SAFETY: a tensor that nobody else has.
    (!heard.is_null()).then(|| unsafe { Tensor::from_ptr(heard) })
}

// SAFETY: the signature is that of `attention.cpp`, which `build.rs` compiles beside this file; no C++ exception comes out.
unsafe extern "C" {
    fn playlist_fit_attend(
        query: *const C_tensor,
        key: *const C_tensor,
        value: *const C_tensor,
    ) -> *mut C_tensor;
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::golden::{assert_near, uniform};

    /// In single precision, and in bfloat16 by tiles: what is heard, and how it changes with query, key and value.
    fn both_ways(words: i64, read: i64) -> Option<[Vec<Tensor>; 2]> {
        let (windows, heads, width) = (2, 3, 64);
        let plain = |place: u64, words: i64| {
            let lying = uniform(place, &[windows, words, heads * width]) * 3.0;
            // Rounded, so that both begin with the same.
            lying.to_kind(Kind::BFloat16)
        };
        let [query, key, value] = [plain(1, read), plain(2, words), plain(3, words)];
        let weights = plain(4, read).to_kind(Kind::Float);
        let run = |kind: Kind, attend: &dyn Fn(&Tensor, &Tensor, &Tensor) -> Option<Tensor>| {
            let leaves =
                [&query, &key, &value].map(|leaf| leaf.to_kind(kind).set_requires_grad(true));
            let [query, key, value] = leaves
                .each_ref()
                .map(|leaf| leaf.unflatten(-1, [heads, -1]).transpose(1, 2));
            let heard = attend(&query, &key, &value)?.transpose(1, 2).flatten(2, -1);
            let heard = heard.to_kind(Kind::Float);
            (&heard * &weights).sum(Kind::Float).backward();
            let mut all = vec![heard.detach()];
            all.extend(leaves.map(|leaf| leaf.grad().to_kind(Kind::Float)));
            Some(all)
        };
        let plain = run(Kind::Float, &|query, key, value| {
            assert!(
                attend_by_tiles(query, key, value).is_none(),
                "single precision"
            );
            Some(attend(query, key, value))
        })?;
        Some([plain, run(Kind::BFloat16, &attend_by_tiles)?])
    }

    /// To 2 % of the largest value, as bfloat16 keeps less than three digits; where a CPU has no tiles, there is nothing to compare.
    #[test]
    fn by_tiles_it_hears_and_learns_the_same() {
        for (words, read) in [(130, 130), (131, 131), (65, 2), (2, 1), (300, 64)] {
            let Some([plain, tiles]) = both_ways(words, read) else {
                eprintln!("skipped: this CPU has no matrix tiles for bfloat16");
                return;
            };
            for (what, (plain, tiles)) in ["heard", "query", "key", "value"]
                .iter()
                .zip(plain.iter().zip(&tiles))
            {
                assert_near(tiles, plain, 0.02, &format!("{words} {read} {what}"));
            }
        }
    }

    #[test]
    fn other_heads_go_the_plain_way() {
        let heads = |width: i64| {
            let plain = uniform(5, &[2, 3, 40, width]);
            plain.to_kind(Kind::BFloat16)
        };
        for width in [16, 96] {
            let head = heads(width);
            assert!(attend_by_tiles(&head, &head, &head).is_none());
        }
        let single = heads(64).to_kind(Kind::Float);
        assert!(attend_by_tiles(&single, &single, &single).is_none());
    }
}
