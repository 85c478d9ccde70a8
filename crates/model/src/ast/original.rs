//! The names of the paper's own files (github.com/YuanGongND/ast, `src/models/ast_models.py`: a `v` of timm's
//! `DistilledVisionTransformer` and a `mlp_head`; published ones begin with `module.`), for those of `transformers`.
//! Numbers are the same, but query, key and value of a block are one layer there, in this order.

use tch::Tensor;

/// Part of a name here, and what it is there; one after the other.
const PARTS: [(&str, &str); 15] = [
    ("audio_spectrogram_transformer.", "v."),
    ("embeddings.cls_token", "cls_token"),
    ("embeddings.distillation_token", "dist_token"),
    ("embeddings.position_embeddings", "pos_embed"),
    (
        "embeddings.patch_embeddings.projection.",
        "patch_embed.proj.",
    ),
    ("encoder.layer.", "blocks."),
    ("v.layernorm.", "v.norm."),
    ("classifier.layernorm.", "mlp_head.0."),
    ("classifier.dense.", "mlp_head.1."),
    (".layernorm_before.", ".norm1."),
    (".layernorm_after.", ".norm2."),
    (".attention.output.dense.", ".attn.proj."),
    (".intermediate.dense.", ".mlp.fc1."),
    (".output.dense.", ".mlp.fc2."),
    (".attention.attention.", ".attn."),
];
/// In the order in which one layer has them.
const TOGETHER: [&str; 3] = ["query.", "key.", "value."];

/// What the paper's files call the tensor of this name, or the one that it is a part of.
pub fn names(name: &str) -> Vec<String> {
    let mut theirs = name.to_owned();
    for (ours, other) in PARTS {
        theirs = theirs.replace(ours, other);
    }
    for part in TOGETHER {
        theirs = theirs.replace(&format!(".attn.{part}"), ".attn.qkv.");
    }
    let in_parallel = format!("module.{theirs}");
    vec![theirs, in_parallel]
}

/// The third of `stored` that belongs to the tensor of this name, where three are in one; else all of it.
pub fn part(name: &str, stored: Tensor, wanted: &[i64]) -> Tensor {
    let place = TOGETHER
        .iter()
        .position(|part| name.contains(&format!(".attention.attention.{part}")));
    let Some((place, &rows)) = place.zip(wanted.first()) else {
        return stored;
    };
    match stored.size().first() {
        Some(&all) if all == TOGETHER.len() as i64 * rows => {
            stored.narrow(0, place as i64 * rows, rows)
        }
        _ => stored,
    }
}
