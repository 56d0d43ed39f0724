// The visible Gaussians from near to far: a radix sort by the bits of the depth, the same for any number of threads.
#include <cstring>
#include <utility>

#include "splat.h"
#include "threads.h"

namespace {

constexpr int RADIX_BITS = 11, BUCKETS = 1 << RADIX_BITS, PASSES = 3;

// The visible Gaussians, in w.by_depth in their own order, and where each Gaussian's pairs start.
void gather_visible(Workspace& w, int count) {
    DepthEntry* entries = w.by_depth.reserve(count);
    uint32_t* pair_start = w.pair_start.reserve(count + 1);
    const threads::Parts parts = {count};
    uint32_t* visible = w.part_counts.reserve(static_cast<size_t>(2) * parts.count);
    uint32_t* pairs = visible + parts.count;
    parts.for_each([&](int part, int begin, int end) {
        uint32_t seen = 0, touched = 0;
        for (int i = begin; i < end; i++) {
            if (!w.depth_key[i]) continue;
            seen++;
            touched += w.pair_count[i];
        }
        visible[part] = seen;
        pairs[part] = touched;
    });
    w.visible = static_cast<int>(threads::places_from_sizes(visible, 1, parts.count));
    w.pairs = threads::places_from_sizes(pairs, 1, parts.count);
    pair_start[count] = static_cast<uint32_t>(w.pairs);
    parts.for_each([&](int part, int begin, int end) {
        DepthEntry* next = entries + visible[part];
        uint32_t start = pairs[part];
        for (int i = begin; i < end; i++) {
            pair_start[i] = start;
            if (!w.depth_key[i]) continue;
            start += w.pair_count[i];
            *next++ = {w.depth_key[i], static_cast<uint32_t>(i)};
        }
    });
}

// One stable pass of the sort, by the digit whose lowest bit is `shift`.
void sort_by_digit(const DepthEntry* from, DepthEntry* to, int count, int shift, Buffer<uint32_t>& part_counts) {
    const auto digit = [=](const DepthEntry& entry) { return entry.key >> shift & (BUCKETS - 1); };
    const threads::Parts parts = {count};
    uint32_t* counts = part_counts.reserve(static_cast<size_t>(BUCKETS) * parts.count);
    parts.for_each([&](int part, int begin, int end) {
        uint32_t* mine = counts + static_cast<size_t>(BUCKETS) * part;
        std::memset(mine, 0, sizeof(uint32_t) * BUCKETS);
        for (int i = begin; i < end; i++) mine[digit(from[i])]++;
    });
    threads::places_from_sizes(counts, BUCKETS, parts.count);
    parts.for_each([&](int part, int begin, int end) {
        uint32_t* next = counts + static_cast<size_t>(BUCKETS) * part;
        for (int i = begin; i < end; i++) to[next[digit(from[i])]++] = from[i];
    });
}

}  // namespace

void order_by_depth(Workspace& w, int count) {
    gather_visible(w, count);
    w.other_by_depth.reserve(count);
    for (int pass = 0; pass < PASSES; pass++) {
        sort_by_digit(w.by_depth.data(), w.other_by_depth.data(), w.visible, pass * RADIX_BITS, w.part_counts);
        w.by_depth.swap(w.other_by_depth);
    }
}
