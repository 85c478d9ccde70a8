//! Learned positions of one length of window for another: `[1, tokens + rows * columns, width]` in and out.

use tch::Tensor;

use super::{Grid, TOKENS};

/// Rows over the 128 bands that all published weights were trained on.
const STORED_ROWS: i64 = 12;

/// Cuts the middle out where the new grid is smaller, and interpolates where it is larger, as `ASTModel.__init__` of
/// the paper's own code does (github.com/YuanGongND/ast, `src/models/ast_models.py`). A tensor that is not a grid of 12 rows is
/// returned unchanged.
pub fn fit(stored: Tensor, grid: Grid) -> Tensor {
    let size = stored.size();
    let &[1, places, width] = size.as_slice() else {
        return stored;
    };
    let patches = places - TOKENS;
    let wanted = grid.rows * grid.columns;
    if patches == wanted || patches < STORED_ROWS || patches % STORED_ROWS != 0 {
        return stored;
    }
    let columns = patches / STORED_ROWS;
    let grid_map =
        stored
            .narrow(1, TOKENS, patches)
            .transpose(1, 2)
            .reshape([1, width, STORED_ROWS, columns]);
    let grid_map = along(&grid_map, 3, grid.columns);
    let grid_map = along(&grid_map, 2, grid.rows);
    let places = grid_map.reshape([1, width, wanted]).transpose(1, 2);
    Tensor::cat(&[stored.narrow(1, 0, TOKENS), places], 1)
}

/// One axis of `[1, width, rows, columns]` cut or interpolated to `wanted`.
fn along(grid_map: &Tensor, axis: i64, wanted: i64) -> Tensor {
    let mut sides = [grid_map.size()[2], grid_map.size()[3]];
    let side = &mut sides[axis as usize - 2];
    if wanted <= *side {
        return grid_map.narrow(axis, *side / 2 - wanted / 2, wanted);
    }
    *side = wanted;
    grid_map.upsample_bilinear2d(sides, false, None, None)
}
