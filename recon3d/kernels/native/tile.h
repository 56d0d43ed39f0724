// One 16x16 tile as blocks of LANES pixels, and which of them a Gaussian reaches.
#pragma once
#include <algorithm>

#include "splat.h"

struct Tile {
    int left, top, width, height;  // pixels; width and height are smaller than TILE at the picture's far borders

    Tile(const Workspace& w, const Camera& camera, int index)
        : left(index % w.tiles_across * TILE),
          top(index / w.tiles_across * TILE),
          width(std::min(TILE, camera.width - left)),
          height(std::min(TILE, camera.height - top)) {}

    // Calls visit(block, lane, index of the pixel in the picture) for the pixels that exist.
    template <class Visit>
    INLINE void for_each_pixel(const Camera& camera, Visit&& visit) const {
        for (int y = 0; y < height; y++) {
            const size_t row = static_cast<size_t>(top + y) * camera.width + left;
            const int first_block = y / BLOCK_HEIGHT, first_lane = y % BLOCK_HEIGHT * BLOCK_WIDTH;
            for (int x = 0; x < width; x += BLOCK_WIDTH)
                for (int i = 0; i < std::min(BLOCK_WIDTH, width - x); i++)
                    visit(first_block + x / BLOCK_WIDTH * BLOCKS_DOWN, first_lane + i, row + x + i);
        }
    }
};

// Offsets of a block's pixels from its first one.
INLINE Floats lane_x() {
    Floats x;
    for (int i = 0; i < LANES; i++) x[i] = i % BLOCK_WIDTH;
    return x;
}
INLINE Floats lane_y() {
    Floats y;
    for (int i = 0; i < LANES; i++) y[i] = i / BLOCK_WIDTH;
    return y;
}

// log2 alpha of a Gaussian at offsets from its mean.
INLINE Floats log2_alpha(const Projected& p, Floats dx, Floats dy) {
    const Floats u = p.u_x * dx + p.u_y * dy, v = p.v_y * dy;
    return p.log2_opacity - u * u - v * v;
}

// Where the blocks of a tile are, and which of them a Gaussian touches.
class BlockGrid {
   public:
    explicit BlockGrid(const Tile& tile) : left_(tile.left + 0.5f), top_(tile.top + 0.5f) {
        for (int row = 0; row < BLOCKS_DOWN; row++) row_y_[row / LANES][row % LANES] = top_ + row * BLOCK_HEIGHT;
    }

    // Centre of a block's first pixel.
    float x_of(int block) const { return left_ + block / BLOCKS_DOWN * BLOCK_WIDTH; }
    float y_of(int block) const { return top_ + block % BLOCKS_DOWN * BLOCK_HEIGHT; }

    // The blocks with a place of alpha >= 1/255, exactly but for a hair on the safe side: row by row of blocks, from
    // where the ellipse reaches farthest left and right within the row. Both are at its own extremes, or, since each
    // side of an ellipse is convex, on the edge of the row that is nearer to them.
    BlockMask touched_by(const Projected& p) const {
        const float reach_squared = p.log2_opacity - LOG2_ALPHA_MIN + 1e-3f;
        BlockMask mask = 0;
        for (int i = 0; i < VECTORS; i++) {
            const Floats y0 = row_y_[i] - p.y, y1 = y0 + (BLOCK_HEIGHT - 1.f);
            const Floats right_y = clamp(broadcast(p.extreme_y), y0, y1);
            const Floats left_y = clamp(broadcast(-p.extreme_y), y0, y1);
            const Floats right_rest = reach_squared - p.v_y * p.v_y * right_y * right_y;  // u^2 at that height, at most
            const Floats left_rest = reach_squared - p.v_y * p.v_y * left_y * left_y;
            const Ints met = (right_rest >= 0.f) & (left_rest >= 0.f);
            const Floats right = p.x + p.inverse_u_x * (square_root(right_rest) - p.u_y * right_y);
            const Floats left = p.x - p.inverse_u_x * (square_root(left_rest) + p.u_y * left_y);
            for (int column = 0; column < BLOCKS_ACROSS; column++) {
                const float x0 = left_ + column * BLOCK_WIDTH, x1 = x0 + (BLOCK_WIDTH - 1);
                const Ints touched = met & (right >= x0 - SLACK) & (left <= x1 + SLACK);
                mask |= static_cast<BlockMask>(bits_of(touched) & ROWS) << (column * BLOCKS_DOWN + i * LANES);
            }
        }
        return mask;
    }

   private:
    static constexpr int VECTORS = (BLOCKS_DOWN + LANES - 1) / LANES;
    static constexpr uint32_t ROWS = (1u << std::min(LANES, BLOCKS_DOWN)) - 1;
    static constexpr float SLACK = 1e-3f;  // pixels
    float left_, top_;
    Floats row_y_[VECTORS] = {};
};
