// Tile lists: a stable counting sort of the depth order into tiles, the same for any number of threads.
#include <cstring>

#include "splat.h"
#include "threads.h"

namespace {

constexpr int LOOK_AHEAD = 8;  // entries of the depth order whose Gaussians are fetched from memory in time

template <class Visit>
inline void for_each_tile(const Projected& p, int tiles_across, Visit&& visit) {
    for (int y = p.tile_top; y < p.tile_bottom; y++)
        for (int x = p.tile_left; x < p.tile_right; x++) visit(y * tiles_across + x);
}

}  // namespace

void bin_by_tile(Workspace& w) {
    const int tiles = w.tiles_across * w.tiles_down;
    const threads::Parts parts = {w.visible};
    const DepthEntry* order = w.by_depth.data();
    Projected* sorted = w.sorted.reserve(w.visible);
    uint32_t* counts = w.part_counts.reserve(static_cast<size_t>(tiles) * parts.count);
    std::memset(counts, 0, sizeof(uint32_t) * tiles * parts.count);
    parts.for_each([&](int part, int begin, int end) {
        uint32_t* mine = counts + static_cast<size_t>(tiles) * part;
        for (int i = begin; i < end; i++) {
            if (i + LOOK_AHEAD < end) __builtin_prefetch(&w.projected[order[i + LOOK_AHEAD].index]);
            sorted[i] = w.projected[order[i].index];
            sorted[i].first_pair = w.pair_start[order[i].index];
            for_each_tile(sorted[i], w.tiles_across, [&](int tile) { mine[tile]++; });
        }
    });

    const uint32_t total = threads::places_from_sizes(counts, tiles, parts.count);
    uint32_t* starts = w.tile_start.reserve(tiles + 1);
    std::memcpy(starts, counts, sizeof(uint32_t) * tiles);  // where the first part begins in every tile
    starts[tiles] = total;

    uint32_t* list = w.tile_list.reserve(total);
    uint32_t* list_pair = w.tile_pair.reserve(total);
    parts.for_each([&](int part, int begin, int end) {
        uint32_t* next = counts + static_cast<size_t>(tiles) * part;
        for (int i = begin; i < end; i++) {
            uint32_t own_pair = sorted[i].first_pair;
            for_each_tile(sorted[i], w.tiles_across, [&](int tile) {
                list[next[tile]] = i;
                list_pair[next[tile]++] = own_pair++;
            });
        }
    });
}
