// Features of a multiresolution hash grid at points (Müller et al. 2022, Instant-NGP, section 3), and back.
//
// LANES points are placed in a level's cells at once; then each of their eight corners' rows is fetched. Gradients are
// added level by level, each by one thread in the order of the points, so that they do not depend on the threads.
#include <algorithm>
#include <new>

#include "lanes.h"
#include "threads.h"

struct HashGrid {
    int32_t levels, features;
    const int32_t* resolutions;  // cells along a side, of every level
    const int64_t* starts;       // the first row of every level, and the end of the last one
    int64_t rows() const { return starts[levels]; }
};

namespace {

constexpr int CORNERS = 8;
constexpr int POINTS_AT_ONCE = 2048;  // so that their features stay in the cache from level to level
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));

struct Level {
    int64_t start;
    uint32_t rows, side;  // nodes along a side
    bool dense;           // every node has its own row; otherwise they share by their hash

    Level(const HashGrid& grid, int level)
        : start(grid.starts[level]), rows(static_cast<uint32_t>(grid.starts[level + 1] - start)),
          side(grid.resolutions[level] + 1), dense(uint64_t(side) * side * side <= rows) {}
};

// The rows of the corners of LANES points' cells, and how much each counts.
struct Corners {
    uint32_t row[CORNERS][LANES];
    float weight[CORNERS][LANES];
};

// Points outside of the unit cube count as on its sides, NaN as 0.
INLINE Floats clamped(const float* points, int count, int axis) {
    Floats x{};
    for (int i = 0; i < count; i++) x[i] = points[3 * i + axis];
    return keep(x == x, clamp(x, Floats{}, broadcast(1.f)));
}

INLINE void place(const Level& level, const float* points, int count, Corners& corners) {
    const uint32_t strides[3] = {1, level.dense ? level.side : 2654435761u, level.dense ? level.side * level.side : 805459861u};
    Words node[3][2];
    Floats share[3][2];
    for (int axis = 0; axis < 3; axis++) {
        const Floats x = clamped(points, count, axis) * static_cast<float>(level.side - 1);
        const Ints cell = __builtin_convertvector(minimum(x, broadcast(level.side - 1.5f)), Ints);
        const Floats rest = x - __builtin_convertvector(cell, Floats);
        node[axis][0] = (Words)cell * strides[axis], node[axis][1] = node[axis][0] + strides[axis];
        share[axis][0] = 1.f - rest, share[axis][1] = rest;
    }
    for (int c = 0; c < CORNERS; c++) {
        const int x = c & 1, y = c >> 1 & 1, z = c >> 2;
        const Words dense = node[0][x] + node[1][y] + node[2][z];
        const Words row = level.dense ? dense : (node[0][x] ^ node[1][y] ^ node[2][z]) & (level.rows - 1);
        const Floats weight = share[0][x] * share[1][y] * share[2][z];
        std::memcpy(corners.row[c], &row, sizeof row);
        std::memcpy(corners.weight[c], &weight, sizeof weight);
    }
}

// body(corners, first, some) for every LANES points. Rows are asked of the memory while those before are worked on.
template <int FEATURES, class Body>
INLINE void for_each_lanes(const Level& level, const float* table, const float* points, int64_t count, Body&& body) {
    Corners corners[2];
    const auto prepare = [&](int64_t first) {
        Corners& next = corners[first / LANES & 1];
        place(level, points + 3 * first, static_cast<int>(std::min<int64_t>(LANES, count - first)), next);
        for (int c = 0; c < CORNERS; c++)
            for (int i = 0; i < LANES; i++) __builtin_prefetch(table + (level.start + next.row[c][i]) * FEATURES);
    };
    if (count > 0) prepare(0);
    for (int64_t first = 0; first < count; first += LANES) {
        if (first + LANES < count) prepare(first + LANES);
        body(corners[first / LANES & 1], first, static_cast<int>(std::min<int64_t>(LANES, count - first)));
    }
}

template <int FEATURES>
struct Rows {
    typedef float Features __attribute__((vector_size(4 * FEATURES)));
    typedef float Unaligned __attribute__((vector_size(4 * FEATURES), aligned(4), may_alias));
};

template <int FEATURES>
void encode_level(const Level& level, const float* table, const float* points, int count, int width, float* out) {
    using Unaligned = typename Rows<FEATURES>::Unaligned;
    for_each_lanes<FEATURES>(level, table, points, count, [&](const Corners& corners, int64_t first, int some) {
        for (int i = 0; i < some; i++) {
            typename Rows<FEATURES>::Features sum{};
            for (int c = 0; c < CORNERS; c++) {
                const float* row = table + (level.start + corners.row[c][i]) * FEATURES;
                sum += corners.weight[c][i] * *reinterpret_cast<const Unaligned*>(row);
            }
            *reinterpret_cast<Unaligned*>(out + (first + i) * width) = sum;
        }
    });
}

template <int FEATURES>
void add_level(const Level& level, const float* points, int64_t count, int width, const float* d_out, float* d_table) {
    using Unaligned = typename Rows<FEATURES>::Unaligned;
    for_each_lanes<FEATURES>(level, d_table, points, count, [&](const Corners& corners, int64_t first, int some) {
        for (int i = 0; i < some; i++) {
            const typename Rows<FEATURES>::Features d = *reinterpret_cast<const Unaligned*>(d_out + (first + i) * width);
            for (int c = 0; c < CORNERS; c++) {
                const int64_t row = level.start + corners.row[c][i];
                *reinterpret_cast<Unaligned*>(d_table + row * FEATURES) += corners.weight[c][i] * d;
            }
        }
    });
}

template <int FEATURES>
void encode(const HashGrid& grid, const float* table, int64_t count, const float* points, float* out) {
    const int width = grid.levels * FEATURES;
    threads::for_each_stretch(count, POINTS_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int l = 0; l < grid.levels; l++)
            encode_level<FEATURES>(Level(grid, l), table, points + 3 * begin, static_cast<int>(end - begin), width,
                                   out + begin * width + l * FEATURES);
    });
}

template <int FEATURES>
void encode_backward(const HashGrid& grid, int64_t count, const float* points, const float* d_out, float* d_table) {
    threads::for_each(grid.levels, [&](int l) {
        const Level level(grid, l);
        std::fill_n(d_table + level.start * FEATURES, int64_t(level.rows) * FEATURES, 0.f);
        add_level<FEATURES>(level, points, count, grid.levels * FEATURES, d_out + l * FEATURES, d_table);
    });
}

}  // namespace

// table: rows x features, 2, 4 or 8 of them; points: count x 3, in the unit cube; out: count x (levels x features).
EXPORT int recon3d_hash_encode(const HashGrid* grid, const float* table, int64_t count, const float* points, float* out) {
    switch (grid->features) {
        case 2: encode<2>(*grid, table, count, points, out); return 0;
        case 4: encode<4>(*grid, table, count, points, out); return 0;
        case 8: encode<8>(*grid, table, count, points, out); return 0;
        default: return 2;
    }
}

// d_table: the gradient by the table.
EXPORT int recon3d_hash_encode_backward(const HashGrid* grid, int64_t count, const float* points, const float* d_out,
                                        float* d_table) {
    switch (grid->features) {
        case 2: encode_backward<2>(*grid, count, points, d_out, d_table); return 0;
        case 4: encode_backward<4>(*grid, count, points, d_out, d_table); return 0;
        case 8: encode_backward<8>(*grid, count, points, d_out, d_table); return 0;
        default: return 2;
    }
}
