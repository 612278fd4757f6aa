// SPDX-License-Identifier: ISC
// Tests of streams: buffers, positions, ends and errors, pipes to commands, streams on memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static char path[] = "/tmp/libc_stdio.XXXXXX";

static void make_file(const char *content)
{
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static void check_content(const char *expected)
{
    char content[256] = "";
    int fd = open(path, O_RDONLY);
    CHECK(read(fd, content, sizeof(content) - 1) >= 0);
    close(fd);
    if (strcmp(content, expected) != 0)
        harness_fail(__FILE__, __LINE__, "the file has \"%s\", not \"%s\"", content, expected);
}

TEST(modes, "fopen's modes create, truncate, append and refuse")
{
    make_file("old");
    FILE *file = fopen(path, "a");
    CHECK(file != NULL && ftell(file) == 3);
    CHECK(fputs("+new", file) >= 0 && fclose(file) == 0);
    check_content("old+new");
    file = fopen(path, "w");
    CHECK(fclose(file) == 0);
    check_content("");
    CHECK(fopen(path, "wx") == NULL && errno == EEXIST);
    CHECK(fopen(path, "q") == NULL && errno == EINVAL);
    unlink(path);
    CHECK(fopen(path, "r") == NULL && errno == ENOENT);
}

TEST(lines, "fgets, getline and getdelim cut at the right places")
{
    char text[8], *line = NULL;
    size_t size = 0;
    make_file("first\nsecond line\nlast");
    FILE *file = fopen(path, "r");
    CHECK(fgets(text, sizeof(text), file) == text && strcmp(text, "first\n") == 0);
    CHECK(fgets(text, sizeof(text), file) == text && strcmp(text, "second ") == 0);
    CHECK_EQ(getline(&line, &size, file), 5);
    CHECK(strcmp(line, "line\n") == 0);
    CHECK_EQ(getdelim(&line, &size, 's', file), 3);
    CHECK_EQ(getline(&line, &size, file), 1);
    CHECK_EQ(getline(&line, &size, file), -1);
    CHECK(feof(file) && !ferror(file));
    free(line);
    fclose(file);
    unlink(path);
}

TEST(positions, "seeking and telling agree while reading, writing and after ungetc")
{
    make_file("0123456789");
    FILE *file = fopen(path, "r+");
    CHECK(getc(file) == '0' && ftell(file) == 1);
    CHECK(ungetc('x', file) == 'x' && ftell(file) == 0 && getc(file) == 'x');
    CHECK(fseek(file, 5, SEEK_SET) == 0 && getc(file) == '5');
    CHECK(fseek(file, -2, SEEK_CUR) == 0 && getc(file) == '4');
    CHECK(fseek(file, -1, SEEK_END) == 0 && fputc('X', file) == 'X' && ftell(file) == 10);
    rewind(file);
    CHECK(fread((char[4]){0}, 1, 3, file) == 3 && fseek(file, 0, SEEK_CUR) == 0);
    CHECK(fputs("YZ", file) >= 0 && fclose(file) == 0);
    check_content("012YZ5678X");
    unlink(path);
}

TEST(blocks, "large reads and writes go around the buffer and keep the order")
{
    static char data[100000], back[100000];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 31 / 7);
    make_file("");
    FILE *file = fopen(path, "w+");
    for (size_t at = 0, part = 1; at < sizeof(data); at += part, part = part * 2 + 1) {
        if (part > sizeof(data) - at)
            part = sizeof(data) - at;
        CHECK_EQ(fwrite(data + at, 1, part, file), part);
    }
    rewind(file);
    CHECK_EQ(fread(back, 1, 3, file), 3);
    CHECK_EQ(fread(back + 3, sizeof(data) - 3, 1, file), 1);
    CHECK(memcmp(data, back, sizeof(data)) == 0);
    CHECK(getc(file) == EOF && feof(file));
    clearerr(file);
    CHECK(!feof(file));
    fclose(file);
    unlink(path);
}

TEST(buffering, "full, line and no buffering write when they should")
{
    int fd[2];
    char text[32];
    CHECK_EQ(pipe2(fd, O_NONBLOCK), 0);
    FILE *full = fdopen(fd[1], "w"), *lines = fdopen(dup(fd[1]), "w"),
         *none = fdopen(dup(fd[1]), "w");
    fputs("a\nb", full);
    CHECK_ERR(read(fd[0], text, sizeof(text)), EAGAIN);
    fflush(full);
    CHECK_EQ(read(fd[0], text, sizeof(text)), 3);
    CHECK_EQ(setvbuf(lines, NULL, _IOLBF, 100), 0);
    fputs("line", lines);
    CHECK_ERR(read(fd[0], text, sizeof(text)), EAGAIN);
    fputs("\n", lines);
    CHECK_EQ(read(fd[0], text, sizeof(text)), 5);
    CHECK_EQ(setvbuf(none, NULL, _IONBF, 0), 0);
    fputc('x', none);
    CHECK_EQ(read(fd[0], text, sizeof(text)), 1);
    fprintf(none, "%d%s", 1, "2");
    CHECK_EQ(read(fd[0], text, sizeof(text)), 2);
    fclose(full);
    fclose(lines);
    fclose(none);
}

TEST(errors, "errors are reported and remembered")
{
    FILE *file = fopen("/dev/full", "w");
    CHECK(file != NULL);
    CHECK(fputs("text", file) >= 0);
    CHECK(fflush(file) == EOF && errno == ENOSPC && ferror(file));
    clearerr(file);
    CHECK(!ferror(file));
    CHECK(getc(file) == EOF && errno == EBADF && ferror(file));
    fclose(file);
    CHECK(fdopen(99, "r") == NULL && errno == EBADF);
}

TEST(exit_flushes, "exit writes what is buffered, _exit does not, and stdin keeps its place")
{
    make_file("line 1\nline 2\n");
    int fd = open(path, O_RDWR);
    pid_t pid = fork();
    if (pid == 0) {
        char line[64];
        dup2(fd, 0);
        if (fgets(line, sizeof(line), stdin) == NULL)
            _exit(1);
        fflush(stdin);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 7);
    pid = fork();
    if (pid == 0) {
        FILE *file = fopen(path, "w");
        fputs("flushed", file);
        exit(0);
    }
    waitpid(pid, NULL, 0);
    check_content("flushed");
    pid = fork();
    if (pid == 0) {
        FILE *file = fopen(path, "w");
        fputs("lost", file);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    check_content("");
    unlink(path);
}

TEST(commands, "popen and pclose move text and status; system waits")
{
    char text[32] = "";
    FILE *file = popen("echo from; exit 3", "r");
    CHECK(file != NULL && fgets(text, sizeof(text), file) != NULL);
    CHECK(strcmp(text, "from\n") == 0);
    int status = pclose(file);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    make_file("");
    char command[64];
    snprintf(command, sizeof(command), "cat > %s", path);
    file = popen(command, "w");
    CHECK(fputs("to the command", file) >= 0);
    CHECK_EQ(pclose(file), 0);
    check_content("to the command");
    unlink(path);
    status = system("exit 7");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(system(NULL) != 0);
}

TEST(memory_streams, "open_memstream grows, fmemopen stays within its area")
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "%d,", i);
    CHECK_EQ(fclose(file), 0);
    CHECK(size == strlen(text) && strncmp(text, "0,1,2,", 6) == 0 && size == 3890);
    free(text);
    char area[8] = "abcdef";
    file = fmemopen(area, 6, "r");
    CHECK(getc(file) == 'a' && fread(area + 7, 1, 0, file) == 0);
    CHECK(fseek(file, -1, SEEK_END) == 0 && getc(file) == 'f' && getc(file) == EOF);
    fclose(file);
}

TEST(reopen, "freopen turns a stream to another file and keeps its descriptor")
{
    make_file("");
    pid_t pid = fork();
    if (pid == 0) {
        if (freopen(path, "w", stdout) == NULL || fileno(stdout) != 1)
            _exit(1);
        printf("reopened");
        exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    CHECK_EQ(status, 0);
    check_content("reopened");
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs("x", file) >= 0);
    struct stat found;
    CHECK(fstat(fileno(file), &found) == 0 && found.st_nlink == 0);
    fclose(file);
    unlink(path);
}
