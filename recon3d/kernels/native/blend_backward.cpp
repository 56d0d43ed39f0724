// Backward of the blending: every tile's list again, back to front, from what was left of the light at its end.
#include "threads.h"
#include "tile.h"

namespace {

constexpr int AHEAD = 4;  // list entries between a prefetch and its use

template <int CHANNELS>
struct Block {
    Floats transmittance;      // of the light behind the Gaussian at hand
    Floats behind;             // sum over what lies behind of weight * (colour . its gradient)
    Floats channel[CHANNELS];  // dL/d colour (and depth) of the pixel
    Ints last;
};

template <int CHANNELS>
struct PairSums {
    Floats channel[CHANNELS], exponent, u, v, u_u, u_v, v_v;
};

// Zwicker/Kerbl compositing differentiated: with w = alpha T, dL/d alpha = T (c . g) - behind / (1 - alpha).
template <int CHANNELS>
INLINE void visit_block(Block<CHANNELS>& pixels, const Projected& p, Floats dx, Floats dy, int position,
                        PairSums<CHANNELS>& sums) {
    const Floats u = p.u_x * dx + p.u_y * dy, v = p.v_y * dy;
    const Floats exponent = p.log2_opacity - u * u - v * v;
    const Ints blended = (pixels.last > position) & (exponent >= LOG2_ALPHA_MIN);
    const Floats uncapped = exp2_of(exponent);
    const Floats alpha = keep(blended, minimum(uncapped, broadcast(ALPHA_MAX)));
    const Floats inverse = 1.f / (1.f - alpha);
    const Floats before = pixels.transmittance * inverse;
    const Floats weight = alpha * before;
    Floats gain = pixels.channel[0] * p.colour[0] + pixels.channel[1] * p.colour[1] +
                  pixels.channel[2] * p.colour[2];
    if (CHANNELS == 4) gain += pixels.channel[CHANNELS - 1] * p.depth;
    const Floats d_alpha = before * gain - pixels.behind * inverse;
    pixels.behind += weight * gain;
    pixels.transmittance = before;
    const Floats d_exponent = keep(blended & (uncapped <= ALPHA_MAX), d_alpha * alpha);
    const Floats d_u = d_exponent * u, d_v = d_exponent * v;
    for (int c = 0; c < CHANNELS; c++) sums.channel[c] += weight * pixels.channel[c];
    sums.exponent += d_exponent;
    sums.u += d_u;
    sums.v += d_v;
    sums.u_u += d_u * u;
    sums.u_v += d_u * v;
    sums.v_v += d_v * v;
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
    for (int position = last_of_tile - 1; position >= 0; position--) {
        const uint32_t entry = begin + position;
        const Projected& p = w.sorted[w.tile_list[entry]];
        if (position >= AHEAD) {
            __builtin_prefetch(&w.sorted[w.tile_list[entry - AHEAD]]);
            __builtin_prefetch(&w.gradients[w.tile_pair[entry - AHEAD]], 1);
        }
        PairGradient& gradient = w.gradients[w.tile_pair[entry]];
        BlockMask rest = w.block_masks[entry];
        if (!rest) {
            std::memset(&gradient, 0, sizeof gradient);
            continue;
        }
        PairSums<CHANNELS> sums{};
        for (; rest; rest &= rest - 1) {
            const int block = __builtin_ctzll(rest);
            const Floats dx = lanes_x + (grid.x_of(block) - p.x), dy = lanes_y + (grid.y_of(block) - p.y);
            visit_block(blocks[block], p, dx, dy, position, sums);
        }
        write(sums, gradient);
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
