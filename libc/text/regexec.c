// SPDX-License-Identifier: ISC
// regexec: leftmost, and of those the longest match.
//
// Two matchers run the same instructions. The usual one follows all possibilities at once, byte by
// byte (Thompson's method, with the positions of groups carried along): time grows with the length
// of the text times that of the program, whatever the pattern. Back-references cannot be followed
// that way; patterns with them are tried one possibility after the other.
//
// The whole match is exactly POSIX's. Where groups could be placed in several ways within it, the
// earlier part of the pattern takes as much as it can, which differs from POSIX in rare cases.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text/regex.h"

struct match {
    const struct regex_program *program;
    const char *text, *end;
    int flags;
    int slots;      // positions that are kept: 2, or two for each group
    regoff_t *best; // of the best match so far; best[0] is -1 while there is none
};

static int is_word_at(const struct match *match, const char *at)
{
    return at >= match->text && at < match->end && (isalnum((unsigned char)*at) || *at == '_');
}

// Whether an assertion holds between at[-1] and at[0].
static int holds(const struct match *match, enum operation op, const char *at)
{
    int lines = match->program->flags & REG_NEWLINE;
    int before = is_word_at(match, at - 1), after = is_word_at(match, at);
    switch (op) {
    case OP_LINE_START:
        return (at == match->text && !(match->flags & REG_NOTBOL)) ||
               (lines && at > match->text && at[-1] == '\n');
    case OP_LINE_END:
        return (at == match->end && !(match->flags & REG_NOTEOL)) ||
               (lines && at < match->end && *at == '\n');
    case OP_TEXT_START:
        return at == match->text;
    case OP_TEXT_END:
        return at == match->end;
    case OP_WORD_START:
        return !before && after;
    case OP_WORD_END:
        return before && !after;
    case OP_WORD_EDGE:
        return before != after;
    default: // OP_WORD_INNER
        return before == after;
    }
}

// --- all possibilities at once ---------------------------------------------------------------

// The places in the program that are reached at one position of the text, in order of preference,
// each with its positions of groups. `seen` holds, for each place, the step when it was last added.
struct threads {
    int *place;
    regoff_t *slots;
    int count;
};

struct stepper {
    struct match *match;
    long step;
    long *seen;
    struct threads now, next;
};

// Follows everything that takes no byte from `place` on and adds what it comes to. `slots` is
// changed on the way and put back.
static void add_thread(struct stepper *stepper, struct threads *to, int place, const char *at,
                       regoff_t *slots)
{
    struct match *match = stepper->match;
    while (stepper->seen[place] != stepper->step) {
        struct instruction code = match->program->code[place];
        stepper->seen[place] = stepper->step;
        switch (code.op) {
        case OP_JUMP:
            place = code.x;
            break;
        case OP_SPLIT:
            add_thread(stepper, to, code.x, at, slots);
            place = code.y;
            break;
        case OP_MARK:
        case OP_PROGRESS: // an empty round comes to a place that has been seen
            place++;
            break;
        case OP_SAVE:
            if (code.x < match->slots) {
                regoff_t old = slots[code.x];
                slots[code.x] = at - match->text;
                add_thread(stepper, to, place + 1, at, slots);
                slots[code.x] = old;
                return;
            }
            place++;
            break;
        case OP_SET:
        case OP_MATCH:
            memcpy(to->slots + (size_t)to->count * (size_t)match->slots, slots,
                   (size_t)match->slots * sizeof(*slots));
            to->place[to->count++] = place;
            return;
        default:
            if (!holds(match, code.op, at))
                return;
            place++;
        }
    }
}

// One byte further. Threads that began later than the best match are dropped.
static void step(struct stepper *stepper, const char *at)
{
    struct match *match = stepper->match;
    stepper->step++;
    stepper->next.count = 0;
    for (int i = 0; i < stepper->now.count; i++) {
        regoff_t *slots = stepper->now.slots + (size_t)i * (size_t)match->slots;
        struct instruction code = match->program->code[stepper->now.place[i]];
        if (match->best[0] >= 0 && slots[0] > match->best[0])
            continue;
        if (code.op == OP_MATCH) {
            if (match->best[0] < 0 || slots[0] < match->best[0] || slots[1] > match->best[1])
                memcpy(match->best, slots, (size_t)match->slots * sizeof(*slots));
        } else if (at < match->end &&
                   byte_set_has(&match->program->sets[code.x], (unsigned char)*at)) {
            add_thread(stepper, &stepper->next, stepper->now.place[i] + 1, at + 1, slots);
        }
    }
}

static int threads_alloc(struct threads *threads, int places, int slots)
{
    threads->count = 0;
    threads->place = malloc((size_t)places * sizeof(int));
    threads->slots = malloc((size_t)places * (size_t)slots * sizeof(regoff_t));
    return threads->place != NULL && threads->slots != NULL;
}

static void threads_free(struct threads *threads)
{
    free(threads->place);
    free(threads->slots);
}

// The first place from `at` on where a match can begin, by its first byte; NULL for none.
static const char *candidate(const struct match *match, const char *at)
{
    const struct regex_program *program = match->program;
    if (program->any_first)
        return at;
    while (at < match->end && !byte_set_has(&program->first, (unsigned char)*at))
        at++;
    return at < match->end ? at : NULL;
}

static void run_steps(struct stepper *stepper, const char *from)
{
    struct match *match = stepper->match;
    regoff_t empty[match->slots];
    memset(empty, -1, sizeof(empty));
    stepper->step = 1;
    for (const char *at = from;; at++) {
        // With nothing under way, only a byte that can begin a match is of interest.
        if (stepper->now.count == 0) {
            at = candidate(match, at);
            if (at == NULL)
                return;
            stepper->step++; // what was seen was seen at another position
        }
        if (match->best[0] < 0)
            add_thread(stepper, &stepper->now, 0, at, empty);
        step(stepper, at);
        struct threads swap = stepper->now;
        stepper->now = stepper->next;
        stepper->next = swap;
        if (at >= match->end || (stepper->now.count == 0 && match->best[0] >= 0))
            return;
    }
}

static int match_steps(struct match *match, const char *from)
{
    from = candidate(match, from);
    if (from == NULL) // most lines that grep sees: nothing has to be allocated
        return REG_NOMATCH;
    struct stepper stepper = {.match = match};
    int places = match->program->count, result = REG_ESPACE;
    stepper.seen = calloc((size_t)places, sizeof(*stepper.seen));
    int have_now = threads_alloc(&stepper.now, places, match->slots);
    int have_next = threads_alloc(&stepper.next, places, match->slots);
    if (stepper.seen != NULL && have_now && have_next) {
        run_steps(&stepper, from);
        result = match->best[0] >= 0 ? 0 : REG_NOMATCH;
    }
    free(stepper.seen);
    threads_free(&stepper.now);
    threads_free(&stepper.next);
    return result;
}

// --- one possibility after the other ---------------------------------------------------------

#define DEPTH_MAX 20000

struct tries {
    struct match *match;
    regoff_t *slots;
    const char **marks;
    int depth;
    int failed; // too deep
};

static int back_matches(const struct tries *tries, int group, const char **at)
{
    regoff_t from = tries->slots[2 * group], to = tries->slots[2 * group + 1];
    const struct match *match = tries->match;
    if (from < 0 || to < 0 || match->end - *at < to - from)
        return 0;
    int differ = match->program->flags & REG_ICASE
                     ? strncasecmp(match->text + from, *at, (size_t)(to - from))
                     : memcmp(match->text + from, *at, (size_t)(to - from));
    *at += to - from;
    return differ == 0;
}

// Goes on from `place`, changing slots and marks and putting them back; keeps every match that is
// longer than the best. Returns whether to stop: the match ends with the text.
static int attempt(struct tries *tries, int place, const char *at)
{
    struct match *match = tries->match;
    if (++tries->depth > DEPTH_MAX) {
        tries->failed = 1;
        return 1;
    }
    int stop = 0;
    for (;;) {
        struct instruction code = match->program->code[place];
        if (code.op == OP_SET) {
            if (at >= match->end ||
                !byte_set_has(&match->program->sets[code.x], (unsigned char)*at))
                break;
            at++;
            place++;
        } else if (code.op == OP_BACK) {
            if (!back_matches(tries, code.x, &at))
                break;
            place++;
        } else if (code.op == OP_JUMP) {
            place = code.x;
        } else if (code.op == OP_SPLIT) {
            stop = attempt(tries, code.x, at);
            if (stop)
                break;
            place = code.y;
        } else if (code.op == OP_SAVE) {
            regoff_t old = tries->slots[code.x];
            tries->slots[code.x] = at - match->text;
            stop = attempt(tries, place + 1, at);
            tries->slots[code.x] = old;
            break;
        } else if (code.op == OP_MARK) {
            const char *old = tries->marks[code.x];
            tries->marks[code.x] = at;
            stop = attempt(tries, place + 1, at);
            tries->marks[code.x] = old;
            break;
        } else if (code.op == OP_PROGRESS) {
            if (tries->marks[code.x] == at)
                break;
            place++;
        } else if (code.op == OP_MATCH) {
            if (match->best[0] < 0 || tries->slots[1] > match->best[1])
                memcpy(match->best, tries->slots, (size_t)match->slots * sizeof(regoff_t));
            stop = at == match->end;
            break;
        } else {
            if (!holds(match, code.op, at))
                break;
            place++;
        }
    }
    tries->depth--;
    return stop;
}

static int match_tries(struct match *match, const char *from)
{
    regoff_t slots[match->slots];
    const char **marks = calloc((size_t)match->program->marks + 1, sizeof(*marks));
    struct tries tries = {.match = match, .slots = slots, .marks = marks};
    if (marks == NULL)
        return REG_ESPACE;
    for (const char *at = from; at <= match->end && match->best[0] < 0 && !tries.failed; at++) {
        memset(slots, -1, sizeof(slots));
        tries.depth = 0;
        attempt(&tries, 0, at);
    }
    free(marks);
    return tries.failed ? REG_ESPACE : match->best[0] >= 0 ? 0 : REG_NOMATCH;
}

int regexec(const regex_t *restrict regex, const char *restrict string, size_t count,
            regmatch_t groups[restrict], int flags)
{
    const struct regex_program *program = regex->program;
    if (program->flags & REG_NOSUB)
        count = 0;
    // Back-references need their groups, whatever the caller wants to know.
    size_t wanted = program->back_references || count > regex->re_nsub + 1 ? regex->re_nsub + 1
                    : count > 0                                            ? count
                                                                           : 1;
    regoff_t best[2 * wanted], offset = 0;
    struct match match = {.program = program,
                          .text = string,
                          .flags = flags,
                          .slots = (int)(2 * wanted),
                          .best = best};
    if (flags & REG_STARTEND) {
        offset = groups[0].rm_so;
        match.end = string + groups[0].rm_eo;
        match.text = string + offset;
    } else {
        match.end = string + strlen(string);
    }
    memset(best, -1, sizeof(best));
    int result = program->back_references ? match_tries(&match, match.text)
                                          : match_steps(&match, match.text);
    for (size_t i = 0; result == 0 && i < count; i++) {
        int known = i < wanted && best[2 * i] >= 0 && best[2 * i + 1] >= 0;
        groups[i].rm_so = known ? best[2 * i] + offset : -1;
        groups[i].rm_eo = known ? best[2 * i + 1] + offset : -1;
    }
    return result;
}
