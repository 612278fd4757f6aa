// SPDX-License-Identifier: ISC
/*
 * Futexes: waiting on a word of user memory (man 2 futex; U. Drepper, "Futexes Are Tricky").
 *
 * A waiter is on the stack of its thread, and in the queue of the bucket that its key hashes to.
 * Requeueing moves it to another bucket while it sleeps.
 *
 * Why no wake-up is lost: the waiter looks at the word under the lock of the bucket, and enters the
 * queue before it releases it. A waker first changes the word and then looks into the bucket: under
 * the lock it finds the waiter, or it was there before, and then the waiter sees the new value. A
 * word that is not in memory cannot be read with a lock held: it is fetched, then all begins again.
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
    struct wait_queue queue; // of struct futex_waiter
};

struct futex_waiter {
    struct waiter waiter;
    struct futex_key key; // [bucket lock]
    uint32_t bitset;
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        spin_init(&buckets[i].lock, "futex");
        wait_queue_init(&buckets[i].queue, &buckets[i].lock);
    }
}

static struct bucket *bucket_of(const struct futex_key *key)
{
    uint64_t h = (key->a ^ (key->b >> 2) * 0x9e3779b97f4a7c15ul) * 0xff51afd7ed558ccdul;
    return &buckets[h >> 56];
}

/* Two buckets, in the order of their addresses; they may be the same. */
static void bucket_lock_two(struct bucket *a, struct bucket *b)
{
    struct bucket *first = MIN(a, b), *second = MAX(a, b);
    spin_lock(&first->lock);
    if (second != first)
        spin_lock(&second->lock);
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

static int wake_key(const struct futex_key *key, int count, uint32_t bitset)
{
    struct bucket *b = bucket_of(key);
    struct futex_waiter *w;
    int woken = 0;
    spin_lock(&b->lock);
    list_for_each_safe(w, &b->queue.waiters, waiter.link)
    {
        if (!same_key(&w->key, key) || !(w->bitset & bitset))
            continue;
        waiter_wake(&w->waiter);
        if (++woken >= count)
            break;
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

/* The word, with its bucket locked; -EFAULT, with no lock. */
static int lock_and_read(struct bucket *b, uaddr_t word, uint32_t *value)
{
    for (;;) {
        spin_lock(&b->lock);
        if (likely(user_peek32(word, value)))
            return 0;
        spin_unlock(&b->lock);
        if (user_read32(word, value))
            return -EFAULT;
    }
}

int futex_wait(uaddr_t word, bool shared, uint32_t expect, uint64_t deadline, uint32_t bitset)
{
    struct futex_waiter w;
    uint32_t value;
    if (!bitset)
        return -EINVAL;
    int err = key_of(word, shared, &w.key);
    if (err)
        return err;
    struct bucket *b = bucket_of(&w.key);
    err = lock_and_read(b, word, &value);
    if (err)
        return err;
    if (value != expect) {
        spin_unlock(&b->lock);
        return -EAGAIN;
    }
    w.bitset = bitset;
    waiter_enter(&w.waiter, &b->queue);
    err = waiter_sleep(&w.waiter, WAIT_SIGNALS, deadline, "futex");
    return err == -EINTR ? -ERESTARTSYS : err;
}

/* Wakes the first `wake` waiters of one key and gives the next `move` another. Buckets locked. */
static int wake_and_move(const struct futex_key *from, const struct futex_key *to, int wake,
                         int move)
{
    struct bucket *source = bucket_of(from), *target = bucket_of(to);
    struct futex_waiter *w;
    int done = 0;
    list_for_each_safe(w, &source->queue.waiters, waiter.link)
    {
        if (!same_key(&w->key, from))
            continue;
        if (done >= wake + move)
            break;
        if (done++ < wake) {
            waiter_wake(&w->waiter);
        } else if (!same_key(to, from)) { // else it would come round again for ever
            w->key = *to;
            waiter_move(&w->waiter, &target->queue);
        }
    }
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
