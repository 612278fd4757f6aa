// SPDX-License-Identifier: ISC
// The environment: an array of "NAME=value" that the program may also replace as a whole.
//
// Strings made by setenv are remembered, so that replacing a value often does not leak; strings
// given by putenv or by the kernel are never freed. One lock guards changes; as everywhere, a
// getenv beside a setenv of another thread is the program's own risk.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "internal/libc.h"

static struct lock lock;
static char **table;      // our array, once there had to be one
static size_t table_size; // places in it
static char **owned;      // strings made by setenv
static size_t owned_count;

static char **find(const char *name, size_t length)
{
    if (environ != NULL)
        for (char **entry = environ; *entry != NULL; entry++)
            if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
                return entry;
    return NULL;
}

char *getenv(const char *name)
{
    size_t length = strlen(name);
    char **entry = find(name, length);
    return entry != NULL ? *entry + length + 1 : NULL;
}

char *secure_getenv(const char *name)
{
    return getauxval(AT_SECURE) != 0 ? NULL : getenv(name);
}

// Frees a string that is no longer in the environment, if it was setenv's.
static void drop(char *text)
{
    for (size_t i = 0; i < owned_count; i++)
        if (owned[i] == text) {
            owned[i] = owned[--owned_count];
            free(text);
            return;
        }
}

static int own(char *text)
{
    char **larger = realloc(owned, (owned_count + 1) * sizeof(*owned));
    if (larger == NULL)
        return -1;
    owned = larger;
    owned[owned_count++] = text;
    return 0;
}

static int append(char *text)
{
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    if (environ != table || count + 2 > table_size) {
        size_t size = count + 2 > 32 ? (count + 2) * 2 : 32;
        char **larger = malloc(size * sizeof(*larger));
        if (larger == NULL)
            return -1;
        if (count > 0)
            memcpy(larger, environ, count * sizeof(*larger));
        free(table);
        environ = table = larger;
        table_size = size;
    }
    environ[count] = text;
    environ[count + 1] = NULL;
    return 0;
}

static int put(char *text, size_t name_length)
{
    char **entry = find(text, name_length);
    if (entry == NULL)
        return append(text);
    char *old = *entry;
    *entry = text;
    if (old != text)
        drop(old);
    return 0;
}

static void take_out(const char *name, size_t length)
{
    for (char **entry; (entry = find(name, length)) != NULL;) {
        drop(*entry);
        do
            entry[0] = entry[1];
        while (*entry++ != NULL);
    }
}

static size_t checked_length(const char *name)
{
    size_t length = name != NULL ? strcspn(name, "=") : 0;
    if (length == 0 || name[length] == '=') {
        errno = EINVAL;
        return 0;
    }
    return length;
}

int setenv(const char *name, const char *value, int replace)
{
    size_t length = checked_length(name), value_length = strlen(value);
    if (length == 0)
        return -1;
    int result = 0;
    __lock_acquire(&lock);
    if (replace || find(name, length) == NULL) {
        char *text = malloc(length + value_length + 2);
        result = -1;
        if (text != NULL) {
            memcpy(text, name, length);
            text[length] = '=';
            memcpy(text + length + 1, value, value_length + 1);
            result = own(text) != 0 || put(text, length) != 0 ? -1 : 0;
        }
    }
    __lock_release(&lock);
    return result;
}

int unsetenv(const char *name)
{
    size_t length = checked_length(name);
    if (length == 0)
        return -1;
    __lock_acquire(&lock);
    take_out(name, length);
    __lock_release(&lock);
    return 0;
}

int putenv(char *text)
{
    size_t length = strcspn(text, "=");
    if (text[length] == '\0')
        return unsetenv(text);
    __lock_acquire(&lock);
    int result = put(text, length);
    __lock_release(&lock);
    return result;
}

int clearenv(void)
{
    environ = NULL;
    return 0;
}
