// Forward: front-to-back blending of every tile's list, a block of pixels per vector.
#include <algorithm>

#include "threads.h"
#include "tile.h"

namespace {

constexpr int32_t SIGN_BIT = INT32_MIN;
// The shares of the light that depth is averaged over: from 1 until 0 it is the mean of all.
struct Shares {
    Floats from, until;
};

template <int CHANNELS>
struct Block {
    Floats transmittance;  // negative once a pixel has stopped; its size stays what is left of the light
    Floats channel[CHANNELS];
    Ints last;  // list entries up to the last one that was met before the pixel stopped
};

template <int CHANNELS>
INLINE void blend_one(Block<CHANNELS>& pixels, const Projected& p, Floats alpha, int position,
                      const Shares& shares) {
    const Floats before = pixels.transmittance;
    const Floats after = before * (1.f - alpha);
    const Ints blended = after > TRANSMITTANCE_STOP;  // never where `before` is negative
    const Floats weight = keep(blended, alpha * before);
    for (int c = 0; c < 3; c++) pixels.channel[c] += weight * p.colour[c];
    if (CHANNELS == 4) {
        const Floats first = choose(before < shares.from, before, shares.from);
        const Floats last = choose(after > shares.until, after, shares.until);
        pixels.channel[CHANNELS - 1] += keep(blended & (first > last), (first - last) * p.depth);
    }
    pixels.transmittance = choose(blended, after, (Floats)((Ints)before | SIGN_BIT));
    pixels.last = choose(blended, broadcast(position + 1), pixels.last);
}

template <int CHANNELS>
void blend_block(Block<CHANNELS>& block, const Batch& batch, int index, Floats x, Floats y, int position,
                 const Shares& shares) {
    Floats alphas[Batch::SIZE];
    int count = 0;
    batch.for_each_in(index, [&](int, const Projected& p) { alphas[count++] = Footprint(p, x, y).alpha; });
    Block<CHANNELS> pixels = block;
    count = 0;
    batch.for_each_in(index, [&](int which, const Projected& p) {
        blend_one(pixels, p, alphas[count++], position + which, shares);
    });
    block = pixels;
}

template <int CHANNELS>
void blend_tile(Workspace& w, const Camera& camera, int index, float* colour, float* alpha, float* depth) {
    const Tile tile(w, camera, index);
    const BlockGrid grid(tile);
    const Floats lanes_x = lane_x(), lanes_y = lane_y();
    const Shares shares{broadcast(camera.depth_from), broadcast(camera.depth_until)};
    Block<CHANNELS> blocks[BLOCKS] = {};
    BlockMask live = 0;
    for (Block<CHANNELS>& block : blocks) block.transmittance = broadcast(-1.f);
    tile.for_each_pixel(camera, [&](int block, int lane, size_t) {
        blocks[block].transmittance[lane] = 1.f;
        live |= BlockMask{1} << block;
    });

    const uint32_t begin = w.tile_start[index], end = w.tile_start[index + 1];
    BlockMask* masks = w.block_masks.data();
    std::memset(masks + begin, 0, sizeof(BlockMask) * (end - begin));  // entries that no pixel gets to touch nothing
    for (uint32_t first = begin; first < end && live; first += Batch::SIZE) {
        const int size = std::min<int>(Batch::SIZE, end - first);
        const Batch batch(w, first, 1, size, [&](int64_t entry, const Projected& p) {
            return masks[entry] = grid.touched_by(p) & live;
        });
        for (BlockMask rest = live; rest; rest &= rest - 1) {
            const int block = __builtin_ctzll(rest);
            blend_block(blocks[block], batch, block, lanes_x + grid.x_of(block), lanes_y + grid.y_of(block),
                        static_cast<int>(first - begin), shares);
            if (!any(blocks[block].transmittance > 0.f)) live &= ~(BlockMask{1} << block);
        }
    }

    tile.for_each_pixel(camera, [&](int block, int lane, size_t pixel) {
        const float left = std::abs(blocks[block].transmittance[lane]);
        for (int c = 0; c < 3; c++) colour[3 * pixel + c] = blocks[block].channel[c][lane];
        if (CHANNELS == 4) {
            const float share = camera.depth_from - std::max(left, camera.depth_until);
            depth[pixel] = share > 0.f ? blocks[block].channel[CHANNELS - 1][lane] * ((1.f - left) / share) : 0.f;
        }
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
