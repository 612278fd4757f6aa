// SPDX-License-Identifier: ISC
// /etc/passwd and /etc/group: one line an entry, fields between colons.
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELDS_MAX 7

// Reads lines until one fits: its `key` field is `name`, or where name is NULL its number field
// is `id`. The fields point into *line, which the caller keeps. Returns whether one was found.
static int find_line(const char *path, int count, const char *name, unsigned id, char **line,
                     char *fields[FIELDS_MAX])
{
    size_t size = 0;
    int found = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    free(*line);
    *line = NULL;
    while (!found && getline(line, &size, file) > 0) {
        char *rest = *line;
        int have = 0;
        rest[strcspn(rest, "\n")] = '\0';
        while (have < count && rest != NULL)
            fields[have++] = strsep(&rest, ":");
        found = have == count &&
                (name != NULL ? strcmp(fields[0], name) == 0 : strtoul(fields[2], NULL, 10) == id);
    }
    fclose(file);
    return found;
}

static struct passwd *find_user(const char *name, uid_t uid)
{
    static char *line;
    static struct passwd user;
    char *fields[FIELDS_MAX];
    if (!find_line("/etc/passwd", 7, name, uid, &line, fields))
        return NULL;
    user = (struct passwd){
        .pw_name = fields[0],
        .pw_passwd = fields[1],
        .pw_uid = (uid_t)strtoul(fields[2], NULL, 10),
        .pw_gid = (gid_t)strtoul(fields[3], NULL, 10),
        .pw_gecos = fields[4],
        .pw_dir = fields[5],
        .pw_shell = fields[6],
    };
    return &user;
}

struct passwd *getpwnam(const char *name)
{
    return find_user(name, 0);
}

struct passwd *getpwuid(uid_t uid)
{
    return find_user(NULL, uid);
}

static struct group *find_group(const char *name, gid_t gid)
{
    static char *line, *members[64];
    static struct group group;
    char *fields[FIELDS_MAX];
    int count = 0;
    if (!find_line("/etc/group", 4, name, gid, &line, fields))
        return NULL;
    for (char *rest = fields[3]; rest != NULL && *rest != '\0' && count < 63;)
        members[count++] = strsep(&rest, ",");
    members[count] = NULL;
    group = (struct group){fields[0], fields[1], (gid_t)strtoul(fields[2], NULL, 10), members};
    return &group;
}

struct group *getgrnam(const char *name)
{
    return find_group(name, 0);
}

struct group *getgrgid(gid_t gid)
{
    return find_group(NULL, gid);
}

int initgroups(const char *user, gid_t group)
{
    (void)user; // membership is not looked up: the user's own group only
    return setgroups(1, &group);
}

char *getlogin(void)
{
    struct passwd *user = getpwuid(getuid());
    return user != NULL ? user->pw_name : NULL;
}
