// One tile as blocks of LANES pixels, which of them a Gaussian reaches, and which Gaussians reach one of them.
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

// What a Gaussian contributes at places of the picture.
struct Footprint {
    Floats u, v;   // offsets from its mean, in which its density is round
    Floats alpha;  // 0 where it is below 1/255

    INLINE Footprint(const Projected& p, Floats x, Floats y) {
        const Floats dx = x - p.x, dy = y - p.y;
        u = p.u_x * dx + p.u_y * dy;
        v = p.v_y * dy;
        const Floats exponent = p.log2_opacity - u * u - v * v;
        alpha = keep(exponent >= LOG2_ALPHA_MIN, minimum(exp2_of(exponent), broadcast(ALPHA_MAX)));
    }
};

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

// A stretch of a tile's list turned around: not the blocks that an entry touches but the entries that touch a block.
//
// Blending goes block by block, in two loops over a block's entries. The first finds their footprints: a long chain of
// operations for each entry, but none waits for another's. The second blends them: one chain through all entries, but a
// short one, on pixels that stay in registers. In a single loop, or entry by entry, the processor cannot look far enough
// ahead to fill the time it waits for results.
class Batch {
   public:
    static constexpr int SIZE = 512 / LANES < 64 ? 512 / LANES : 64;  // so that what is summed per entry fits L1

    // Entries first, first + step, ... of the tile lists; blocks_of(entry, splat) says which blocks one touches.
    template <class BlocksOf>
    INLINE Batch(Workspace& w, int64_t first, int step, int size, BlocksOf&& blocks_of) {
        const int64_t last = static_cast<int64_t>(w.pairs) - 1;
        for (int i = 0; i < size; i++) {
            const int64_t entry = first + i * step, later = std::clamp<int64_t>(entry + AHEAD * step, 0, last);
            __builtin_prefetch(&w.sorted[w.tile_list[later]]);
            splats_[i] = w.sorted[w.tile_list[entry]];
            const BlockMask mask = blocks_of(entry, splats_[i]);
            for (int word = 0; word < WORDS; word++) masks_[word][i] = static_cast<uint32_t>(mask >> (32 * word));
        }
        for (int block = 0; block < BLOCKS; block++) {
            uint64_t entries = 0;
            for (int i = 0; i < SIZE; i += LANES) {
                Ints masks;
                std::memcpy(&masks, &masks_[block / 32][i], sizeof masks);
                entries |= static_cast<uint64_t>(bits_of(masks << (31 - block % 32))) << i;
            }
            entries_of_[block] = entries;
        }
    }

    // Calls visit(which, splat) for the entries that touch the block; `which` counts all entries of the batch.
    template <class Visit>
    INLINE void for_each_in(int block, Visit&& visit) const {
        for (uint64_t rest = entries_of_[block]; rest; rest &= rest - 1) {
            const int which = __builtin_ctzll(rest);
            visit(which, splats_[which]);
        }
    }

   private:
    static constexpr int WORDS = (BLOCKS + 31) / 32;
    static constexpr int AHEAD = SIZE;  // list entries between a prefetch and its use
    Projected splats_[SIZE];
    uint32_t masks_[WORDS][SIZE] = {};
    uint64_t entries_of_[BLOCKS];  // bit i: the batch's entry i touches the block
};
