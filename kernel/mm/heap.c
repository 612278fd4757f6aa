// SPDX-License-Identifier: ISC
/*
 * Slab caches (Bonwick, "The Slab Allocator", USENIX 1994) and kmalloc.
 *
 * A slab is a block of frames with a header at its start and objects of one size behind it. A bitmap
 * in the header says which objects are handed out, so that a double free or a stray pointer is
 * caught where it happens. Every frame of the slab names the slab (struct frame.owner).
 *
 * One empty slab is kept for each cache; heap_trim gives them back.
 */
#include "mm/heap.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/frame.h"

#define SLAB_OBJECTS_MAX 256
#define POISON           0xdeadbeefdeadbeeful

struct slab {
    struct slab_cache *cache;
    struct list link;     // in cache->partial while there is room
    void *free;           // [cache lock] list of free objects
    uint32_t used;        // [cache lock]
    uint64_t live[SLAB_OBJECTS_MAX / 64]; // [cache lock] bit per object
} __attribute__((aligned(64)));

static struct spinlock caches_lock = SPINLOCK("slab caches");
static struct list caches = LIST_INIT(caches); // [caches_lock]

static unsigned fail_every;            // failalloc=N
static _Atomic unsigned fail_countdown;

void heap_set_failure(unsigned every_nth)
{
    fail_countdown = every_nth;
    fail_every = every_nth;
}

DEFINE_PER_CPU(uint32_t *, heap_fail_nth);

bool heap_should_fail(void)
{
    uint32_t *nth = this_cpu(heap_fail_nth);
    if (unlikely(nth && *nth) && --*nth == 0)
        return true;
    if (likely(!fail_every))
        return false;
    if (atomic_fetch_sub(&fail_countdown, 1) != 1)
        return false;
    fail_countdown = fail_every;
    return true;
}

static void cache_prepare(struct slab_cache *c)
{
    spin_lock(&caches_lock);
    if (!c->ready) {
        c->size = ALIGN_UP(MAX(c->size, 16u), 16u);
        if (c->size >= 128)
            c->size = ALIGN_UP(c->size, 64u);
        c->order = 0;
        while (c->order < 3 && (PAGE_SIZE << c->order) - sizeof(struct slab) < 8ul * c->size)
            c->order++;
        c->per_slab = MIN(((PAGE_SIZE << c->order) - sizeof(struct slab)) / c->size,
                          (size_t)SLAB_OBJECTS_MAX);
        assert(c->per_slab);
        spin_init(&c->lock, c->name);
        list_init(&c->partial);
        list_push_back(&caches, &c->all);
        atomic_thread_fence(memory_order_release);
        c->ready = true;
    }
    spin_unlock(&caches_lock);
}

static char *slab_objects(struct slab *s)
{
    return (char *)(s + 1);
}

static struct slab *slab_create(struct slab_cache *c)
{
    struct frame *f = c->order ? frame_alloc_block(c->order, FRAME_RESERVE) : frame_alloc(FRAME_RESERVE);
    if (!f)
        return NULL;
    struct slab *s = frame_data(f);
    memset(s, 0, sizeof(*s));
    s->cache = c;
    list_init(&s->link);
    for (unsigned i = 0; i < 1u << c->order; i++) {
        f[i].flags |= FRAME_SLAB;
        f[i].owner = s;
    }
    for (unsigned i = c->per_slab; i-- > 0;) {
        void **obj = (void **)(slab_objects(s) + (size_t)i * c->size);
        *obj = s->free;
        s->free = obj;
    }
    return s;
}

static void slab_destroy(struct slab *s)
{
    struct frame *f = frame_of(virt_to_phys(s));
    for (unsigned i = 0; i < 1u << s->cache->order; i++)
        f[i].flags &= ~FRAME_SLAB;
    frame_put(f);
}

void *slab_alloc(struct slab_cache *c)
{
    if (unlikely(!c->ready))
        cache_prepare(c);
    if (unlikely(heap_should_fail()))
        return NULL;
    spin_lock(&c->lock);
    if (unlikely(list_empty(&c->partial))) {
        spin_unlock(&c->lock); // the frame allocator is not entered with this lock held
        struct slab *fresh = slab_create(c);
        if (!fresh)
            return NULL;
        spin_lock(&c->lock);
        list_push_front(&c->partial, &fresh->link);
        c->slabs++;
    }
    struct slab *s = list_first(&c->partial, struct slab, link);
    void *obj = s->free;
    s->free = *(void **)obj;
    size_t i = ((char *)obj - slab_objects(s)) / c->size;
    s->live[i / 64] |= 1ul << (i % 64);
    if (++s->used == c->per_slab)
        list_remove(&s->link);
    c->live++;
    spin_unlock(&c->lock);
    return obj;
}

void *slab_zalloc(struct slab_cache *c)
{
    void *obj = slab_alloc(c);
    return obj ? memset(obj, 0, c->size) : NULL;
}

/* Marks the object free; returns a slab that became superfluous, to be destroyed without the lock. */
static struct slab *slab_free_locked(struct slab_cache *c, struct slab *s, void *obj)
{
    size_t i = ((char *)obj - slab_objects(s)) / c->size;
    if (i >= c->per_slab || slab_objects(s) + i * c->size != obj || !(s->live[i / 64] >> (i % 64) & 1))
        panic("heap: %s: free of %p, which is not an object in use", c->name, obj);
    s->live[i / 64] &= ~(1ul << (i % 64));
    ((uint64_t *)obj)[1] = POISON;
    *(void **)obj = s->free;
    s->free = obj;
    c->live--;
    if (s->used-- == c->per_slab)
        list_push_front(&c->partial, &s->link);
    if (s->used || (c->partial.next == &s->link && c->partial.prev == &s->link))
        return NULL; // in use, or the one that is kept
    list_remove(&s->link);
    c->slabs--;
    return s;
}

void slab_free(struct slab_cache *c, void *obj)
{
    struct frame *f = frame_of(virt_to_phys(obj));
    struct slab *s = f->owner;
    if (!(f->flags & FRAME_SLAB) || s->cache != c)
        panic("heap: %s: free of %p, which is not of this cache", c->name, obj);
    spin_lock(&c->lock);
    struct slab *empty = slab_free_locked(c, s, obj);
    spin_unlock(&c->lock);
    if (empty)
        slab_destroy(empty);
}

#define KMALLOC_CACHE(n) {.name = "kmalloc-" #n, .size = (n)}
static struct slab_cache kmalloc_caches[] = {
    KMALLOC_CACHE(16),  KMALLOC_CACHE(32),  KMALLOC_CACHE(64),   KMALLOC_CACHE(96),
    KMALLOC_CACHE(128), KMALLOC_CACHE(192), KMALLOC_CACHE(256),  KMALLOC_CACHE(384),
    KMALLOC_CACHE(512), KMALLOC_CACHE(768), KMALLOC_CACHE(1024), KMALLOC_CACHE(1536),
    KMALLOC_CACHE(2048),
};

static struct slab_cache *kmalloc_cache(size_t size)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kmalloc_caches); i++)
        if (size <= kmalloc_caches[i].size)
            return &kmalloc_caches[i];
    return NULL;
}

static _Atomic size_t large_live;

void *kmalloc(size_t size)
{
    struct slab_cache *c = kmalloc_cache(size);
    if (c)
        return slab_alloc(c);
    unsigned order = 0;
    while (PAGE_SIZE << order < size)
        if (++order == FRAME_ORDERS)
            return NULL;
    struct frame *f = frame_alloc_block(order, FRAME_NOZERO);
    if (!f)
        return NULL;
    f->flags |= FRAME_LARGE;
    large_live++;
    return frame_data(f);
}

void *kzalloc(size_t size)
{
    void *p = kmalloc(size);
    return p ? memset(p, 0, size) : NULL;
}

void kfree(void *p)
{
    if (!p)
        return;
    struct frame *f = frame_of(virt_to_phys(p));
    if (f->flags & FRAME_SLAB) {
        slab_free(((struct slab *)f->owner)->cache, p);
        return;
    }
    if (!(f->flags & FRAME_LARGE))
        panic("heap: kfree of %p, which was never allocated", p);
    f->flags &= ~FRAME_LARGE;
    large_live--;
    frame_put(f);
}

char *kstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = kmalloc(n);
    return copy ? memcpy(copy, s, n) : NULL;
}

/* Gives back the empty slab that each cache keeps. */
void heap_trim(void)
{
    spin_lock(&caches_lock);
    struct slab_cache *c;
    list_for_each(c, &caches, all) {
        struct slab *s, *empty = NULL;
        spin_lock(&c->lock);
        list_for_each(s, &c->partial, link)
            if (!s->used)
                empty = s; // at most one
        if (empty) {
            list_remove(&empty->link);
            c->slabs--;
        }
        spin_unlock(&c->lock);
        if (empty)
            slab_destroy(empty);
    }
    spin_unlock(&caches_lock);
}

size_t heap_live_objects(void)
{
    size_t n = large_live;
    spin_lock(&caches_lock);
    struct slab_cache *c;
    list_for_each(c, &caches, all) n += c->live;
    spin_unlock(&caches_lock);
    return n;
}

size_t heap_frames(void)
{
    size_t n = 0;
    spin_lock(&caches_lock);
    struct slab_cache *c;
    list_for_each(c, &caches, all) n += c->slabs << c->order;
    spin_unlock(&caches_lock);
    return n;
}

size_t heap_report(char *buf, size_t size)
{
    size_t len = 0;
    spin_lock(&caches_lock);
    struct slab_cache *c;
    list_for_each(c, &caches, all) len =
        sappendf(buf, size, len, "%-24s %6u %8zu %6zu\n", c->name, c->size, c->live, c->slabs);
    spin_unlock(&caches_lock);
    return len;
}
