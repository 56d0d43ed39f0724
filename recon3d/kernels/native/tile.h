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
            const int first_block = y / BLOCK_HEIGHT * BLOCKS_ACROSS, first_lane = y % BLOCK_HEIGHT * BLOCK_WIDTH;
            for (int x = 0; x < width; x += BLOCK_WIDTH)
                for (int i = 0; i < std::min(BLOCK_WIDTH, width - x); i++)
                    visit(first_block + x / BLOCK_WIDTH, first_lane + i, row + x + i);
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

// First pixel centres of all blocks of a tile, LANES blocks to a vector.
struct BlockOrigins {
    static constexpr int VECTORS = (BLOCKS + LANES - 1) / LANES;
    Floats x[VECTORS], y[VECTORS];

    explicit BlockOrigins(const Tile& tile) {
        for (int block = 0; block < BLOCKS; block++) {
            x[block / LANES][block % LANES] = tile.left + block % BLOCKS_ACROSS * BLOCK_WIDTH + 0.5f;
            y[block / LANES][block % LANES] = tile.top + block / BLOCKS_ACROSS * BLOCK_HEIGHT + 0.5f;
        }
    }

    float x_of(int block) const { return reinterpret_cast<const float*>(x)[block]; }
    float y_of(int block) const { return reinterpret_cast<const float*>(y)[block]; }

    // The blocks with a pixel of alpha >= 1/255, exactly but for a hair on the safe side. The exponent is concave, so
    // its maximum over a rectangle that does not hold the mean lies on one of the two sides that face it.
    BlockMask touched_by(const Projected& p) const {
        BlockMask mask = 0;
        for (int i = 0; i < VECTORS; i++) {
            const Floats x0 = x[i] - p.x, x1 = x0 + (BLOCK_WIDTH - 1.f);
            const Floats y0 = y[i] - p.y, y1 = y0 + (BLOCK_HEIGHT - 1.f);
            const Floats near_x = clamp(Floats{}, x0, x1), near_y = clamp(Floats{}, y0, y1);
            const Floats on_side = log2_alpha(p, near_x, clamp(p.ridge_y * near_x, y0, y1));
            const Floats on_top = log2_alpha(p, clamp(p.ridge_x * near_y, x0, x1), near_y);
            const Ints touched = maximum(on_side, on_top) >= LOG2_ALPHA_MIN - 1e-3f;
            mask |= static_cast<BlockMask>(bits_of(touched)) << (i * LANES);
        }
        return mask;
    }
};
