// Depth order and tile lists: one sort of the visible Gaussians by depth, then a stable counting sort into tiles.
// Every result is the same for any number of threads.
#include <algorithm>
#include <cstring>

#include "splat.h"
#include "threads.h"

namespace {

constexpr int RADIX_BITS = 11, BUCKETS = 1 << RADIX_BITS, PASSES = 3;

// Indices of the visible Gaussians by increasing depth, in w.order; equal depths keep their order. On the way, where
// each Gaussian's pairs start.
void sort_by_depth(Workspace& w, int count) {
    uint32_t* keys = w.keys.reserve(count);
    uint32_t* order = w.order.reserve(count);
    uint32_t* other_keys = w.other_keys.reserve(count);
    uint32_t* other_order = w.other_order.reserve(count);
    static thread_local uint32_t histogram[PASSES][BUCKETS];
    std::memset(histogram, 0, sizeof histogram);
    int visible = 0;
    uint32_t* pair_start = w.pair_start.reserve(count + 1);
    uint32_t pairs = 0;
    for (int i = 0; i < count; i++) {
        pair_start[i] = pairs;
        const uint32_t key = w.depth_key[i];
        if (!key) continue;
        pairs += w.pair_count[i];
        keys[visible] = key;
        order[visible++] = i;
        for (int pass = 0; pass < PASSES; pass++) histogram[pass][key >> (pass * RADIX_BITS) & (BUCKETS - 1)]++;
    }
    pair_start[count] = pairs;
    w.pairs = pairs;
    w.visible = visible;
    for (int pass = 0; pass < PASSES; pass++) {
        uint32_t start = 0;
        for (uint32_t& bucket : histogram[pass]) {
            const uint32_t size = bucket;
            bucket = start;
            start += size;
        }
        for (int i = 0; i < visible; i++) {
            const uint32_t to = histogram[pass][keys[i] >> (pass * RADIX_BITS) & (BUCKETS - 1)]++;
            other_keys[to] = keys[i];
            other_order[to] = order[i];
        }
        std::swap(keys, other_keys);
        std::swap(order, other_order);
    }
    // Three passes end in the other buffers.
    std::memcpy(w.order.data(), order, sizeof(uint32_t) * visible);
}

template <class Visit>
inline void for_each_tile(const Projected& p, int tiles_across, Visit&& visit) {
    for (int y = p.tile_top; y < p.tile_bottom; y++)
        for (int x = p.tile_left; x < p.tile_right; x++) visit(y * tiles_across + x);
}

}  // namespace

void bin_by_tile(Workspace& w, int count) {
    sort_by_depth(w, count);
    const int tiles = w.tiles_across * w.tiles_down;
    const int parts = threads::count();
    const auto part_start = [&](int part) { return static_cast<int>(static_cast<int64_t>(w.visible) * part / parts); };

    // Each part of the depth order counts its Gaussians per tile ...
    Projected* sorted = w.sorted.reserve(w.visible);
    uint32_t* counts = w.tile_counts.reserve(static_cast<size_t>(tiles) * parts);
    std::memset(counts, 0, sizeof(uint32_t) * tiles * parts);
    threads::for_each(parts, [&](int part) {
        uint32_t* mine = counts + static_cast<size_t>(tiles) * part;
        const int end = part_start(part + 1);
        for (int i = part_start(part); i < end; i++) {
            if (i + 8 < end) __builtin_prefetch(&w.projected[w.order[i + 8]]);
            sorted[i] = w.projected[w.order[i]];
            sorted[i].first_pair = w.pair_start[w.order[i]];
            for_each_tile(sorted[i], w.tiles_across, [&](int tile) { mine[tile]++; });
        }
    });

    // ... so that it knows where its entries of every list begin.
    uint32_t* starts = w.tile_start.reserve(tiles + 1);
    uint32_t total = 0;
    for (int tile = 0; tile < tiles; tile++) {
        starts[tile] = total;
        for (int part = 0; part < parts; part++) {
            uint32_t& slot = counts[static_cast<size_t>(tiles) * part + tile];
            const uint32_t size = slot;
            slot = total;
            total += size;
        }
    }
    starts[tiles] = total;

    uint32_t* list = w.tile_list.reserve(total);
    uint32_t* list_pair = w.tile_pair.reserve(total);
    threads::for_each(parts, [&](int part) {
        uint32_t* next = counts + static_cast<size_t>(tiles) * part;
        for (int i = part_start(part); i < part_start(part + 1); i++) {
            uint32_t own_pair = sorted[i].first_pair;
            for_each_tile(sorted[i], w.tiles_across, [&](int tile) {
                list[next[tile]] = i;
                list_pair[next[tile]++] = own_pair++;
            });
        }
    });
}
