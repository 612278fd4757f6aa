// SPDX-License-Identifier: ISC
/*
 * Futexes: waiting on a word of user memory (man 2 futex; U. Drepper, "Futexes Are Tricky").
 *
 * A waiter is on the stack of its thread, and in the list of the bucket that its key hashes to. It
 * has a lock and a wait queue of its own, because requeueing moves it to another bucket while it
 * sleeps. Order: bucket lock, then waiter lock.
 *
 * Why no wake-up is lost although user memory cannot be read under a bucket's lock: the waiter
 * first enters the bucket and then looks at the word. A waker first changes the word and then looks
 * into the bucket. Either it finds the waiter there, or the waiter, which entered later, sees the
 * new value and does not sleep. If both happen, the waiter took a wake-up that it does not need,
 * and hands it on.
 *
 * Left out: priority inheritance (FUTEX_LOCK_PI and its kin answer -ENOSYS).
 */
#include "task/futex.h"
#include "abi/errno.h"
#include "abi/futex.h"
#include "sched/wait.h"
#include "task/process.h"
#include "vm/space.h"
#include "x86/uaccess.h"

#define BUCKETS           256
#define ROBUST_LIST_LIMIT 2048

struct bucket {
    struct spinlock lock;
    struct list waiters; // [lock] struct futex_waiter, oldest first
};

struct futex_waiter {
    struct list link;              // [bucket lock]
    struct bucket *_Atomic bucket; // NULL: taken off by a waker
    struct futex_key key;          // [bucket lock]
    uint32_t bitset;
    struct spinlock lock;
    bool woken;             // [lock]
    struct wait_queue wake; // guarded by .lock
};

static struct bucket buckets[BUCKETS] = {[0 ... BUCKETS - 1] = {.lock = SPINLOCK("futex")}};

static struct bucket *bucket_of(const struct futex_key *key)
{
    uint64_t h = (key->a ^ (key->b >> 2) * 0x9e3779b97f4a7c15ul) * 0xff51afd7ed558ccdul;
    return &buckets[h >> 56];
}

static void bucket_lock(struct bucket *b)
{
    spin_lock(&b->lock);
    if (!b->waiters.next)
        list_init(&b->waiters);
}

/* Two buckets, in the order of their addresses; they may be the same. */
static void bucket_lock_two(struct bucket *a, struct bucket *b)
{
    bucket_lock(MIN(a, b));
    if (a != b)
        bucket_lock(MAX(a, b));
}

static void bucket_unlock_two(struct bucket *a, struct bucket *b)
{
    spin_unlock(&a->lock);
    if (a != b)
        spin_unlock(&b->lock);
}

static int key_of(uaddr_t word, bool shared, struct futex_key *key)
{
    if (word & 3)
        return -EINVAL;
    if (!user_range_ok(word, sizeof(uint32_t)))
        return -EFAULT;
    return space_futex_key(current->space, word, shared, key);
}

static bool same_key(const struct futex_key *x, const struct futex_key *y)
{
    return x->a == y->a && x->b == y->b;
}

/* Takes w out of its (locked) bucket and wakes its thread; w may be gone afterwards. */
static void wake_waiter(struct futex_waiter *w)
{
    list_remove(&w->link);
    w->bucket = NULL;
    spin_lock(&w->lock);
    w->woken = true;
    wake_one(&w->wake);
    spin_unlock(&w->lock);
}

static int wake_key(const struct futex_key *key, int count, uint32_t bitset)
{
    struct bucket *b = bucket_of(key);
    struct futex_waiter *w;
    int woken = 0;
    bucket_lock(b);
    list_for_each_safe(w, &b->waiters, link)
    {
        if (woken >= count)
            break;
        if (!same_key(&w->key, key) || !(w->bitset & bitset))
            continue;
        wake_waiter(w);
        woken++;
    }
    spin_unlock(&b->lock);
    return woken;
}

int futex_wake(uaddr_t word, bool shared, int count, uint32_t bitset)
{
    struct futex_key key;
    if (!bitset)
        return -EINVAL;
    int err = key_of(word, shared, &key);
    return err ? err
               : wake_key(&key, MAX(count, 1), bitset); // Linux wakes one for a count of 0, too
}

static void waiter_enter(struct futex_waiter *w)
{
    struct bucket *b = bucket_of(&w->key);
    bucket_lock(b);
    w->bucket = b;
    list_push_back(&b->waiters, &w->link);
    spin_unlock(&b->lock);
}

/*
 * Takes w out of the bucket where it is now: requeueing may move it until its bucket is locked.
 * False: a waker took it out; the wake-up is over once the waker has let go of w->lock.
 */
static bool waiter_leave(struct futex_waiter *w)
{
    struct bucket *b;
    while ((b = w->bucket)) {
        spin_lock(&b->lock);
        bool mine = w->bucket == b;
        if (mine)
            list_remove(&w->link);
        spin_unlock(&b->lock);
        if (mine)
            return true;
    }
    spin_lock(&w->lock);
    while (!w->woken) { // it has us off the list but has not yet come to our lock
        spin_unlock(&w->lock);
        cpu_relax();
        spin_lock(&w->lock);
    }
    spin_unlock(&w->lock);
    return false;
}

static int waiter_sleep(struct futex_waiter *w, uint64_t deadline)
{
    int err = 0;
    spin_lock(&w->lock);
    while (!w->woken && !err)
        err = wait_on(&w->wake, WAIT_SIGNALS, deadline, "futex");
    spin_unlock(&w->lock);
    return err;
}

int futex_wait(uaddr_t word, bool shared, uint32_t expect, uint64_t deadline, uint32_t bitset)
{
    struct futex_waiter w = {.bitset = bitset, .lock = SPINLOCK("futex waiter")};
    uint32_t value;
    if (!bitset)
        return -EINVAL;
    int err = key_of(word, shared, &w.key);
    if (err)
        return err;
    if (user_read32(word, &value))
        return -EFAULT;
    if (value != expect)
        return -EAGAIN;
    wait_queue_init(&w.wake, &w.lock);
    waiter_enter(&w);
    err = user_read32(word, &value);
    if (!err && value != expect)
        err = -EAGAIN;
    if (err) {
        if (!waiter_leave(&w))
            wake_key(&w.key, 1, bitset); // meant for one who waits
        return err;
    }
    err = waiter_sleep(&w, deadline);
    if (!waiter_leave(&w))
        return 0;
    return err == -EINTR ? -ERESTARTSYS : err;
}

/* Wakes the first `wake` waiters of one key and gives the next `move` another. Buckets locked. */
static int wake_and_move(const struct futex_key *from, const struct futex_key *to, int wake,
                         int move)
{
    struct bucket *source = bucket_of(from), *target = bucket_of(to);
    struct list moved = LIST_INIT(moved);
    struct futex_waiter *w;
    int done = 0;
    list_for_each_safe(w, &source->waiters, link)
    {
        if (!same_key(&w->key, from))
            continue;
        if (done >= wake + move)
            break;
        if (done++ < wake) {
            wake_waiter(w);
            continue;
        }
        list_remove(&w->link);
        w->key = *to;
        w->bucket = target;
        list_push_back(&moved, &w->link);
    }
    list_splice_back(&target->waiters, &moved);
    return done;
}

int futex_requeue(uaddr_t from, uaddr_t to, bool shared, int wake, int move, bool compare,
                  uint32_t expect)
{
    struct futex_key a, b;
    uint32_t value;
    if (wake < 0 || move < 0)
        return -EINVAL;
    int err = key_of(from, shared, &a);
    if (!err)
        err = key_of(to, shared, &b);
    if (err)
        return err;
    if (compare && user_read32(from, &value))
        return -EFAULT;
    if (compare && value != expect)
        return -EAGAIN;
    move = MIN(move, INT32_MAX - wake);
    bucket_lock_two(bucket_of(&a), bucket_of(&b));
    int done = wake_and_move(&a, &b, wake, move);
    bucket_unlock_two(bucket_of(&a), bucket_of(&b));
    return done;
}

static bool wake_op_compares(unsigned cmp, int32_t old, int32_t arg)
{
    switch (cmp) {
    case FUTEX_OP_CMP_EQ:
        return old == arg;
    case FUTEX_OP_CMP_NE:
        return old != arg;
    case FUTEX_OP_CMP_LT:
        return old < arg;
    case FUTEX_OP_CMP_LE:
        return old <= arg;
    case FUTEX_OP_CMP_GT:
        return old > arg;
    default:
        return old >= arg;
    }
}

/* `op` packs four fields: operation, comparison, and their arguments (FUTEX_OP in the manual). */
int futex_wake_op(uaddr_t a, uaddr_t b, bool shared, int wake_a, int wake_b, uint32_t op)
{
    struct futex_key key_a, key_b;
    unsigned what = op >> 28 & 7, cmp = op >> 24 & 15;
    uint32_t arg = (int32_t)(op << 8) >> 20, old;
    int32_t cmp_arg = (int32_t)(op << 20) >> 20;
    if (op >> 28 & FUTEX_OP_OPARG_SHIFT)
        arg = 1u << (arg & 31);
    int err = key_of(a, shared, &key_a);
    if (!err)
        err = key_of(b, shared, &key_b);
    if (err)
        return err;
    if (what > FUTEX_OP_XOR || cmp > FUTEX_OP_CMP_GE)
        return -ENOSYS;
    err = user_atomic_op32(b, what, arg, &old);
    if (err)
        return err;
    int woken = wake_key(&key_a, MAX(wake_a, 1), FUTEX_BITSET_MATCH_ANY);
    if (wake_op_compares(cmp, old, cmp_arg))
        woken += wake_key(&key_b, MAX(wake_b, 1), FUTEX_BITSET_MATCH_ANY);
    return woken;
}

/* --- the end of a thread --- */

/* A lock of the dead thread: marked, so that the next owner learns of it, and one waiter woken. */
static void robust_lock_died(uaddr_t word, bool pending)
{
    uint32_t value, old;
    if (word & 3 || user_read32(word, &value))
        return;
    if (pending && !value) { // it died between giving the lock up and waking
        futex_wake(word, true, 1, FUTEX_BITSET_MATCH_ANY);
        return;
    }
    for (;;) {
        if ((value & FUTEX_TID_MASK) != (uint32_t)current->id)
            return;
        if (user_cmpxchg32(word, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &old))
            return;
        if (old == value)
            break;
        value = old;
    }
    if (value & FUTEX_WAITERS)
        futex_wake(word, true, 1, FUTEX_BITSET_MATCH_ANY);
}

/* Bit 0 of a pointer in the list marks a lock with priority inheritance: it is not part of the
 * address. */
static void robust_list_walk(uaddr_t head)
{
    struct {
        uaddr_t next;
        int64_t offset;
        uaddr_t pending;
    } list;
    if (copy_in(&list, head))
        return;
    uaddr_t entry = list.next, pending = list.pending & ~1ul;
    for (int n = 0; (entry & ~1ul) != head && n < ROBUST_LIST_LIMIT; n++) {
        uaddr_t next, node = entry & ~1ul;
        bool readable = !copy_in(&next, node); // before the lock can be taken and its node reused
        if (node != pending)
            robust_lock_died(node + list.offset, false);
        if (!readable)
            break;
        entry = next;
    }
    if (pending)
        robust_lock_died(pending + list.offset, true);
}

void futex_thread_exit(void)
{
    struct task *k = current_task();
    if (k->robust_list)
        robust_list_walk(k->robust_list);
    k->robust_list = 0;
    if (k->clear_child_tid && current->space &&
        current->space->refs > 2) { // somebody else may look
        if (!clear_user(k->clear_child_tid, sizeof(uint32_t)))
            futex_wake(k->clear_child_tid, true, 1, FUTEX_BITSET_MATCH_ANY);
    }
    k->clear_child_tid = 0;
}
