#include "threads.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace threads {
namespace {

// Stages of one iteration follow each other within microseconds; a worker looks that long before it goes to sleep.
constexpr int SPINS = 2000;

inline void pause_briefly() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

class Pool {
   public:
    explicit Pool(int workers) {
        for (int i = 0; i < workers; i++) workers_.emplace_back([this] { work(); });
    }

    ~Pool() {
        {
            std::lock_guard<std::mutex> guard(mutex_);
            stop_ = true;
            job_number_++;
        }
        wake_.notify_all();
        for (auto& worker : workers_) worker.join();
    }

    int size() const { return static_cast<int>(workers_.size()) + 1; }

    void run(int items, const std::function<void(int)>& body) {
        body_ = &body;
        items_ = items;
        next_.store(0, std::memory_order_relaxed);
        busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
        {
            std::lock_guard<std::mutex> guard(mutex_);
            job_number_++;
        }
        wake_.notify_all();
        take_items();
        while (busy_.load(std::memory_order_acquire) != 0) pause_briefly();
    }

   private:
    void take_items() {
        for (int i = next_++; i < items_; i = next_++) (*body_)(i);
    }

    void work() {
        unsigned seen = 0;
        for (;;) {
            for (int i = 0; i < SPINS && job_number_.load() == seen; i++) pause_briefly();
            if (job_number_.load() == seen) {
                std::unique_lock<std::mutex> lock(mutex_);
                wake_.wait(lock, [&] { return job_number_.load() != seen; });
            }
            seen = job_number_.load();
            if (stop_) return;
            take_items();
            busy_.fetch_sub(1, std::memory_order_release);
        }
    }

    std::vector<std::thread> workers_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<unsigned> job_number_{0};
    std::atomic<bool> stop_{false};
    const std::function<void(int)>* body_ = nullptr;
    int items_ = 0;
    std::atomic<int> next_{0};
    std::atomic<int> busy_{0};
};

std::mutex pool_mutex;  // one job at a time; callers from several Python threads queue here
std::unique_ptr<Pool> pool;
int wanted = 1;
pid_t owner = 0;

Pool& current_pool() {
    if (owner != getpid()) {
        pool.release();  // after a fork the workers exist in the parent only: leave theirs alone, start our own
        owner = getpid();
    }
    if (!pool || pool->size() != wanted) {
        pool.reset();
        pool = std::make_unique<Pool>(wanted - 1);
    }
    return *pool;
}

}  // namespace

void set_count(int count) {
    std::lock_guard<std::mutex> guard(pool_mutex);
    wanted = count < 1 ? 1 : count;
}

int count() { return wanted; }

void for_each(int items, const std::function<void(int)>& body) {
    if (wanted == 1 || items <= 1) {
        for (int i = 0; i < items; i++) body(i);
        return;
    }
    std::lock_guard<std::mutex> guard(pool_mutex);
    current_pool().run(items, body);
}

}  // namespace threads
