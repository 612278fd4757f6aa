// SPDX-License-Identifier: ISC
//
// Exhibits on coroutines: they keep their state between calls, and switch without the kernel.
#include "tour.h"

#include <coroutine.h>
#include <stdlib.h>
#include <string.h>

// --- resume --------------------------------------------------------------------------------------

// Yields the Fibonacci numbers. All that it knows is in its own local variables.
static void *fibonacci(void *unused)
{
    long a = 0, b = 1;
    for (;;) {
        co_yield ((void *)a);
        long sum = a + b;
        a = b;
        b = sum;
    }
    return unused;
}

struct node {
    const char *word;
    struct node *left, *right;
};

// Yields the words of a tree in order. Between two yields a whole recursion stands still.
static void *walk(void *argument)
{
    struct node *node = argument;
    if (node) {
        walk(node->left);
        co_yield ((void *)node->word);
        walk(node->right);
    }
    return NULL;
}

static struct node *insert(struct node *tree, struct node *node)
{
    if (!tree)
        return node;
    if (strcmp(node->word, tree->word) < 0)
        tree->left = insert(tree->left, node);
    else
        tree->right = insert(tree->right, node);
    return tree;
}

// Two generators by turns: each goes on where it was, however often the other ran meanwhile.
static bool show_generators(long found[10])
{
    struct co *one = co_create(fibonacci, NULL, 0), *other = co_create(fibonacci, NULL, 0);
    bool right = true;
    printf("    two generators, resumed by turns:");
    for (int i = 0; i < 10; i++) {
        found[i] = (long)co_resume(one, NULL);
        bool sum = i < 2 || found[i] == found[i - 1] + found[i - 2];
        right = right && sum && (i % 2 || (long)co_resume(other, NULL) == found[i / 2]);
        printf(" %ld", found[i]);
    }
    printf("\n");
    co_destroy(one);
    co_destroy(other);
    return right;
}

// Walks two trees of the same words but of different shape at the same time.
static int compare_walks(void)
{
    static const char *const words[] = {"kernel", "thread", "braid", "process", "pipe",
                                        "frame",  "zombie", "fork",  "yield"};
    static struct node nodes[2][COUNT_OF(words)];
    struct node *trees[2] = {NULL, NULL};
    int same = 0;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        for (int t = 0; t < 2; t++) {
            struct node *node = &nodes[t][i];
            *node = (struct node){words[t ? COUNT_OF(words) - 1 - i : i], NULL, NULL};
            trees[t] = insert(trees[t], node);
        }
    struct co *one = co_create(walk, trees[0], 0), *other = co_create(walk, trees[1], 0);
    const char *last = "";
    printf("    two trees, walked together:");
    for (;;) {
        const char *a = co_resume(one, NULL), *b = co_resume(other, NULL);
        if (!a || !b || strcmp(a, b) != 0 || strcmp(last, a) >= 0)
            break;
        printf(" %s", last = a);
        same++;
    }
    printf("\n");
    co_destroy(one);
    co_destroy(other);
    return same == (int)COUNT_OF(words) ? same : -same;
}

static enum verdict show_resume(void)
{
    long found[10];
    bool right = show_generators(found);
    int same = compare_walks();
    measured("a generator's tenth value is %ld; %d words of two trees met in order", found[9],
             abs(same));
    return holds_if(right && same > 0);
}

// --- no-kernel -----------------------------------------------------------------------------------

#define SWITCHES 1000000l

static void *count_up(void *unused)
{
    for (long i = 1;; i++)
        co_yield ((void *)i);
    return unused;
}

// The system calls that the kernel has counted between two looks at its counter, and the time.
static long calls_of(void (*work)(void), double *seconds)
{
    long before = kernel_count("syscalls");
    double start = seconds_now();
    work();
    *seconds = seconds_now() - start;
    return kernel_count("syscalls") - before;
}

static struct co *counter;
static long last_count;

static void no_work(void)
{
}

static void switch_often(void)
{
    for (long i = 0; i < SWITCHES / 2; i++) // there and back are two switches
        last_count = (long)co_resume(counter, NULL);
}

static enum verdict show_no_kernel(void)
{
    double seconds, nothing_seconds;
    counter = co_create(count_up, NULL, 0);
    long looking = calls_of(no_work, &nothing_seconds);
    long calls = calls_of(switch_often, &seconds);
    co_destroy(counter);
    printf("    %ld switches in %.3f s: %.1f ns each\n", 2 * last_count, seconds,
           seconds * 1e9 / (double)SWITCHES);
    if (kernel_count("syscalls") < 0) {
        printf("    this kernel does not tell how many system calls it served\n");
        measured("%ld switches, %.1f ns each; system calls are not counted here", 2 * last_count,
                 seconds * 1e9 / (double)SWITCHES);
        return NOT_MEASURABLE;
    }
    printf("    system calls of the machine meanwhile: %ld, of them %ld to read the counter\n",
           calls, looking);
    measured("%ld switches, %.1f ns each, %ld system calls", 2 * last_count,
             seconds * 1e9 / (double)SWITCHES, calls - looking);
    // Others may run meanwhile; a call in each switch would be a million.
    return holds_if(2 * last_count == SWITCHES && calls - looking < SWITCHES / 10000);
}

const struct exhibit coroutine_exhibits[] = {
    {"resume", "a coroutine [协程] keeps its state between calls", show_resume,
     "Generators are resumed by turns, and two trees are walked at the same time by recursive "
     "functions."},
    {"no-kernel", "a switch of coroutines [协程] makes no system call", show_no_kernel,
     "Two coroutines switch a million times between two looks at the kernel's counter of system "
     "calls."},
    {0},
};
