// A small thread pool: workers sleep when there is nothing to do, so a waiting pool costs no CPU time.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>

namespace threads {

// How many threads, the caller included, share the work from now on.
void set_count(int count);
int count();

// Calls body(i) once for every i in [0, items), in any order and on any thread; returns when all are done.
// Results must therefore not depend on the order: that is what makes them the same for every thread count.
void for_each(int items, const std::function<void(int)>& body);

// The same for stretches of at most `length` items: body(begin, end) covers [0, items) without gaps.
template <class Body>
void for_each_stretch(int64_t items, int64_t length, Body&& body) {
    for_each(static_cast<int>((items + length - 1) / length), [&](int stretch) {
        body(stretch * length, std::min(items, (stretch + 1) * length));
    });
}

// [0, items) cut into one part per thread, for work whose parts must know what those before them found.
struct Parts {
    int items, count = threads::count();

    int start(int part) const { return static_cast<int>(static_cast<int64_t>(items) * part / count); }

    // body(part, begin, end)
    template <class Body>
    void for_each(Body&& body) const {
        threads::for_each(count, [&](int part) { body(part, start(part), start(part + 1)); });
    }
};

// Sizes become places: turns the sizes in counts[part][slot] into where each begins when slot follows slot, and within
// a slot part follows part; returns their sum. Every part can then write its own entries where one thread would have.
inline uint32_t places_from_sizes(uint32_t* counts, int slots, int parts) {
    uint32_t total = 0;
    for (int slot = 0; slot < slots; slot++)
        for (int part = 0; part < parts; part++) {
            uint32_t& entry = counts[static_cast<size_t>(slots) * part + slot];
            const uint32_t size = entry;
            entry = total;
            total += size;
        }
    return total;
}

}  // namespace threads
