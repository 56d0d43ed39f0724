// Forward: front-to-back blending of every tile's list, a block of pixels per vector.
#include "threads.h"
#include "tile.h"

namespace {

constexpr int32_t SIGN_BIT = INT32_MIN;
constexpr uint32_t BATCH = 32;  // list entries whose block masks are found together, before they are blended

template <int CHANNELS>
struct Block {
    Floats transmittance;  // negative once a pixel has stopped; its size stays what is left of the light
    Floats channel[CHANNELS];
    Ints last;
};

template <int CHANNELS>
INLINE void blend_block(Block<CHANNELS>& pixels, const Projected& p, Floats dx, Floats dy, int position) {
    const Floats exponent = log2_alpha(p, dx, dy);
    const Floats alpha = minimum(exp2_of(exponent), broadcast(ALPHA_MAX));
    const Floats before = pixels.transmittance;
    const Floats after = before - before * alpha;
    const Ints seen = exponent >= LOG2_ALPHA_MIN;
    const Ints blended = seen & (after > TRANSMITTANCE_STOP);  // never where `before` is negative
    const Floats weight = keep(blended, alpha * before);
    for (int c = 0; c < 3; c++) pixels.channel[c] += weight * p.colour[c];
    if (CHANNELS == 4) pixels.channel[CHANNELS - 1] += weight * p.depth;
    const Floats stopped = (Floats)((Ints)before | (seen & SIGN_BIT));
    pixels.transmittance = choose(blended, after, stopped);
    pixels.last = choose(blended, broadcast(position + 1), pixels.last);
}

template <int CHANNELS>
void blend_tile(Workspace& w, const Camera& camera, int index, float* colour, float* alpha, float* depth) {
    const Tile tile(w, camera, index);
    const BlockGrid grid(tile);
    const Floats lanes_x = lane_x(), lanes_y = lane_y();
    Block<CHANNELS> blocks[BLOCKS] = {};
    BlockMask live = 0;
    for (Block<CHANNELS>& block : blocks) block.transmittance = broadcast(-1.f);
    tile.for_each_pixel(camera, [&](int block, int lane, size_t) {
        blocks[block].transmittance[lane] = 1.f;
        live |= BlockMask{1} << block;
    });

    const uint32_t begin = w.tile_start[index], end = w.tile_start[index + 1];
    BlockMask* masks = w.block_masks.data();
    uint32_t entry = begin;
    while (entry < end && live) {
        const uint32_t batch_end = std::min(end, entry + BATCH);
        for (uint32_t e = entry; e < batch_end; e++) {
            if (e + 6 < end) __builtin_prefetch(&w.sorted[w.tile_list[e + 6]]);
            masks[e] = grid.touched_by(w.sorted[w.tile_list[e]]) & live;
        }
        for (; entry < batch_end; entry++) {
            const Projected& p = w.sorted[w.tile_list[entry]];
            for (BlockMask rest = masks[entry]; rest; rest &= rest - 1) {
                const int block = __builtin_ctzll(rest);
                const Floats dx = lanes_x + (grid.x_of(block) - p.x), dy = lanes_y + (grid.y_of(block) - p.y);
                blend_block(blocks[block], p, dx, dy, static_cast<int>(entry - begin));
            }
        }
        for (BlockMask rest = live; rest; rest &= rest - 1) {
            const int block = __builtin_ctzll(rest);
            if (!any(blocks[block].transmittance > 0.f)) live &= ~(BlockMask{1} << block);
        }
    }

    tile.for_each_pixel(camera, [&](int block, int lane, size_t pixel) {
        const float left = std::abs(blocks[block].transmittance[lane]);
        for (int c = 0; c < 3; c++) colour[3 * pixel + c] = blocks[block].channel[c][lane];
        if (CHANNELS == 4) depth[pixel] = blocks[block].channel[CHANNELS - 1][lane];
        alpha[pixel] = 1.f - left;
        w.transmittance[pixel] = left;
        w.last[pixel] = blocks[block].last[lane];
    });
}

}  // namespace

void blend(Workspace& w, const Camera& camera, float* colour, float* alpha, float* depth) {
    const size_t pixels = static_cast<size_t>(camera.width) * camera.height;
    w.transmittance.reserve(pixels);
    w.last.reserve(pixels);
    w.block_masks.reserve(w.pairs);
    threads::for_each(w.tiles_across * w.tiles_down, [&](int tile) {
        if (camera.with_depth)
            blend_tile<4>(w, camera, tile, colour, alpha, depth);
        else
            blend_tile<3>(w, camera, tile, colour, alpha, depth);
    });
}
