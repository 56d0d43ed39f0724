// Backward of the blending: every tile's list again, back to front, from what was left of the light at its end.
#include "threads.h"
#include "tile.h"

namespace {

template <int CHANNELS>
struct Block {
    Floats transmittance;      // of the light behind the Gaussian at hand
    Floats behind;             // sum over what lies behind of weight * (colour . its gradient)
    Floats channel[CHANNELS];  // dL/d colour (and depth) of the pixel
    Ints last;                 // entries beyond do not count
};

template <int CHANNELS>
struct PairSums {
    Floats channel[CHANNELS], exponent, u, v, u_u, u_v, v_v;
};

// What a pair is to the pixels of a block, apart from the light.
struct Met {
    Floats u, v, alpha;
    Floats inverse;  // 1 / (1 - alpha)
};

// Zwicker/Kerbl compositing differentiated: with w = alpha T, dL/d alpha = T (c . g) - behind / (1 - alpha).
template <int CHANNELS>
INLINE void visit_one(Floats& transmittance, Floats& behind, const Floats* channel, const Projected& p, const Met& met,
                      PairSums<CHANNELS>& sums) {
    transmittance *= met.inverse;
    const Floats weight = met.alpha * transmittance;
    Floats gain = channel[0] * p.colour[0] + channel[1] * p.colour[1] + channel[2] * p.colour[2];
    if (CHANNELS == 4) gain += channel[CHANNELS - 1] * p.depth;
    const Floats d_alpha = transmittance * gain - behind * met.inverse;
    behind += weight * gain;
    const Floats d_exponent = keep(met.alpha < ALPHA_MAX, d_alpha * met.alpha);
    const Floats d_u = d_exponent * met.u, d_v = d_exponent * met.v;
    for (int c = 0; c < CHANNELS; c++) sums.channel[c] += weight * channel[c];
    sums.exponent += d_exponent;
    sums.u += d_u;
    sums.v += d_v;
    sums.u_u += d_u * met.u;
    sums.u_v += d_u * met.v;
    sums.v_v += d_v * met.v;
}

template <int CHANNELS>
void visit_block(Block<CHANNELS>& block, const Batch& batch, int index, Floats x, Floats y, int position,
                 PairSums<CHANNELS>* sums) {
    Met met[Batch::SIZE];
    int count = 0;
    batch.for_each_in(index, [&](int which, const Projected& p) {
        const Footprint f(p, x, y);
        const Floats alpha = keep(block.last > position - which, f.alpha);
        met[count++] = {f.u, f.v, alpha, reciprocal(1.f - alpha)};
    });
    Floats transmittance = block.transmittance, behind = block.behind;  // in registers, as the block would not be
    count = 0;
    batch.for_each_in(index, [&](int which, const Projected& p) {
        visit_one(transmittance, behind, block.channel, p, met[count++], sums[which]);
    });
    block.transmittance = transmittance;
    block.behind = behind;
}

template <int CHANNELS>
INLINE void write(const PairSums<CHANNELS>& s, PairGradient& to) {
    const Floats depth = CHANNELS == 4 ? s.channel[CHANNELS - 1] : Floats{};
    const Floats4 parts[3] = {sums_of(s.channel[0], s.channel[1], s.channel[2], s.exponent),
                              sums_of(s.u, s.v, s.u_u, s.u_v), sums_of(s.v_v, depth, Floats{}, Floats{})};
    std::memcpy(&to, parts, sizeof parts);
}

template <int CHANNELS>
void visit_tile(Workspace& w, const Camera& camera, int index, const float* d_colour, const float* d_alpha,
                const float* d_depth) {
    const Tile tile(w, camera, index);
    const BlockGrid grid(tile);
    const Floats lanes_x = lane_x(), lanes_y = lane_y();
    Block<CHANNELS> blocks[BLOCKS] = {};
    for (Block<CHANNELS>& block : blocks) block.transmittance = broadcast(1.f);
    int last_of_tile = 0;
    tile.for_each_pixel(camera, [&](int block, int lane, size_t pixel) {
        blocks[block].transmittance[lane] = w.transmittance[pixel];
        // alpha = 1 - transmittance at the end, so that gradient enters like a backdrop of colour -1.
        blocks[block].behind[lane] = -w.transmittance[pixel] * d_alpha[pixel];
        blocks[block].last[lane] = w.last[pixel];
        for (int c = 0; c < 3; c++) blocks[block].channel[c][lane] = d_colour[3 * pixel + c];
        if (CHANNELS == 4) blocks[block].channel[CHANNELS - 1][lane] = d_depth[pixel];
        last_of_tile = std::max(last_of_tile, w.last[pixel]);
    });

    const uint32_t begin = w.tile_start[index], end = w.tile_start[index + 1];
    for (uint32_t entry = begin + last_of_tile; entry < end; entry++)
        std::memset(&w.gradients[w.tile_pair[entry]], 0, sizeof(PairGradient));
    for (int position = last_of_tile - 1; position >= 0; position -= Batch::SIZE) {
        const int64_t first = begin + position;
        const int size = std::min(Batch::SIZE, position + 1);
        const Batch batch(w, first, -1, size, [&](int64_t entry, const Projected&) {
            const char* to = reinterpret_cast<const char*>(&w.gradients[w.tile_pair[entry]]);
            __builtin_prefetch(to, 1);
            __builtin_prefetch(to + sizeof(PairGradient) - 1, 1);  // it may straddle two cache lines
            return w.block_masks[entry];
        });
        PairSums<CHANNELS> sums[Batch::SIZE] = {};
        for (int block = 0; block < BLOCKS; block++)
            visit_block(blocks[block], batch, block, lanes_x + grid.x_of(block), lanes_y + grid.y_of(block), position,
                        sums);
        for (int i = 0; i < size; i++) write(sums[i], w.gradients[w.tile_pair[first - i]]);
    }
}

}  // namespace

void blend_backward(Workspace& w, const Camera& camera, const float* d_colour, const float* d_alpha,
                    const float* d_depth) {
    w.gradients.reserve(w.pairs);
    threads::for_each(w.tiles_across * w.tiles_down, [&](int tile) {
        if (camera.with_depth)
            visit_tile<4>(w, camera, tile, d_colour, d_alpha, d_depth);
        else
            visit_tile<3>(w, camera, tile, d_colour, d_alpha, d_depth);
    });
}
