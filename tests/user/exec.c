// SPDX-License-Identifier: ISC
//
// execve: what a new program receives (arguments, environment, auxiliary vector, descriptors,
// signals), scripts, and every way in which it is refused.
//
// The program under test is this one: run with a first argument that begins with "--" it answers
// through its exit status before the harness starts (see answer()).
#include "support.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/resource.h>

extern char **environ;
static char self[256];

// What the new program found. Each answer is an exit status of its own.
static int answer_arguments(int argc, char **argv)
{
    if (argc != 4 || argv[4] != NULL)
        return 1;
    if (strcmp(argv[2], "") || strcmp(argv[3], "two words"))
        return 2;
    if (!environ[0] || strcmp(environ[0], "A=1") || !environ[1] || strcmp(environ[1], "B="))
        return 3;
    return environ[2] == NULL ? 50 : 4;
}

static int answer_auxv(void)
{
    extern char __ehdr_start[];
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    if (getauxval(AT_PAGESZ) != PAGE || getauxval(AT_PHENT) != sizeof(Elf64_Phdr))
        return 1;
    if (!headers || getauxval(AT_PHNUM) == 0 || getauxval(AT_PHNUM) > 64)
        return 2;
    if ((const char *)headers < __ehdr_start || (const char *)headers > __ehdr_start + PAGE)
        return 3;
    if (getauxval(AT_ENTRY) < (unsigned long)__ehdr_start)
        return 4;
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
    int differing = 0;
    for (int i = 1; random && i < 16; i++)
        differing += random[i] != random[0];
    if (differing == 0)
        return 5;
    if (getauxval(AT_UID) != getuid() || getauxval(AT_EGID) != getegid() || getauxval(AT_SECURE))
        return 6;
    const char *name = (const char *)getauxval(AT_EXECFN);
    if (!name || strcmp(name, self))
        return 7;
    return getauxval(AT_CLKTCK) == 100 ? 51 : 8;
}

static int answer_descriptors(void)
{
    return fcntl(100, F_GETFD) == 0 && FAILS(fcntl(101, F_GETFD), EBADF) ? 52 : 1;
}

// A handler becomes the default, "ignore" stays; mask and pending signals stay; no alternate stack.
static int answer_signals(void)
{
    struct sigaction handled, ignored;
    sigset_t blocked, pending;
    stack_t stack;
    if (sigaction(SIGUSR1, NULL, &handled) || sigaction(SIGUSR2, NULL, &ignored))
        return 1;
    if (handled.sa_handler != SIG_DFL || ignored.sa_handler != SIG_IGN)
        return 2;
    if (sigprocmask(SIG_BLOCK, NULL, &blocked) || !sigismember(&blocked, SIGTERM))
        return 3;
    if (sigpending(&pending) || !sigismember(&pending, SIGTERM))
        return 4;
    if (sigaltstack(NULL, &stack) || !(stack.ss_flags & SS_DISABLE))
        return 5;
    return 53;
}

static int answer_stack(void)
{
    // The stack pointer at the entry is a multiple of 16, so a 16-byte local is aligned too.
    _Alignas(16) volatile char local[16];
    return ((uintptr_t)local & 15) == 0 ? 54 : 1;
}

static int answer_count(int argc, char **argv)
{
    size_t bytes = 0;
    for (int i = 2; i < argc; i++)
        bytes += strlen(argv[i]);
    return argc == 1002 && bytes == 1000 * 100 ? 55 : 1;
}

__attribute__((constructor)) static void answer(int argc, char **argv, char **envp)
{
    (void)envp;
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (length <= 0)
        _exit(99);
    if (argc < 2 || strncmp(argv[1], "--", 2))
        return;
    if (!strcmp(argv[1], "--arguments"))
        _exit(answer_arguments(argc, argv));
    if (!strcmp(argv[1], "--auxv"))
        _exit(answer_auxv());
    if (!strcmp(argv[1], "--descriptors"))
        _exit(answer_descriptors());
    if (!strcmp(argv[1], "--signals"))
        _exit(answer_signals());
    if (!strcmp(argv[1], "--stack"))
        _exit(answer_stack());
    if (!strcmp(argv[1], "--count"))
        _exit(answer_count(argc, argv));
    if (!strcmp(argv[1], "--script"))
        _exit(argc == 4 && !strcmp(argv[3], "given") ? 56 : argc);
    if (!strcmp(argv[1], "--two words"))
        _exit(argc == 3 ? 57 : argc);
}

// Runs this program again with one question.
static int ask(char *question)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {self, question, NULL};
        execve(self, argv, environ);
        _exit(120);
    }
    return child_end(pid);
}

// execve of NAME in a child: its end, or 0 minus the errno.
static int execute(const char *name, char **argv)
{
    volatile int *error = shared_memory(PAGE);
    pid_t pid = fork();
    if (pid == 0) {
        char *envp[] = {NULL};
        execve(name, argv, envp);
        *error = errno;
        _exit(0);
    }
    int end = child_end(pid);
    if (*error)
        end = -*error;
    munmap((void *)error, PAGE);
    return end;
}

static int execute_plain(const char *name)
{
    char *argv[] = {(char *)name, NULL};
    return execute(name, argv);
}

TEST(arguments, "argv and envp arrive, with empty strings and blanks")
{
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"any name", "--arguments", "", "two words", NULL};
        char *envp[] = {"A=1", "B=", NULL};
        execve(self, argv, envp);
        _exit(120);
    }
    CHECK(child_end(pid) == 50);
}

TEST(auxiliary_vector,
     "the auxiliary vector tells page size, program headers, entry, ids, name, random bytes")
{
    CHECK(ask("--auxv") == 51);
}

TEST(close_on_exec, "descriptors stay open but for those marked close-on-exec")
{
    CHECK(dup2(0, 100) == 100);
    CHECK(dup3(0, 101, O_CLOEXEC) == 101);
    CHECK(ask("--descriptors") == 52);
    CHECK(fcntl(101, F_GETFD) == FD_CLOEXEC);
}

static void never(int signal)
{
    (void)signal;
}

TEST(signal_state,
     "handlers are reset, ignored signals, mask and pending signals stay, the alternate stack goes")
{
    static char alternate[16384];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
    sigset_t blocked;
    signal(SIGUSR1, never);
    signal(SIGUSR2, SIG_IGN);
    CHECK(sigaltstack(&stack, NULL) == 0);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {self, "--signals", NULL};
        CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
        CHECK(raise(SIGTERM) == 0);
        execve(self, argv, environ);
        _exit(120);
    }
    CHECK(child_end(pid) == 53);
}

TEST(stack_alignment, "the new stack is aligned to 16 bytes whatever the arguments are")
{
    for (int extra = 0; extra < 4; extra++) {
        char *argv[8] = {self, "--stack"};
        for (int i = 0; i < extra; i++)
            argv[2 + i] = "x";
        CHECK(execute(self, argv) == 54);
    }
}

TEST(many_arguments, "a thousand arguments of a hundred bytes arrive whole")
{
    static char word[101];
    static char *argv[1003];
    memset(word, 'w', 100);
    argv[0] = self;
    argv[1] = "--count";
    for (int i = 0; i < 1000; i++)
        argv[2 + i] = word;
    CHECK(execute(self, argv) == 55);
}

TEST(too_big, "E2BIG: one string over 128 KiB, or all together over a quarter of the stack limit")
{
    static char long_word[40 * PAGE];
    memset(long_word, 'w', sizeof(long_word) - 1);
    char *argv[200] = {self, "--count", long_word};
    CHECK(execute(self, argv) == -E2BIG);

    long_word[30 * PAGE] = 0;
    for (int i = 2; i < 100; i++)
        argv[i] = long_word;
    CHECK(execute(self, argv) == -E2BIG);
}

TEST(pid_stays, "the pid stays the same over execve")
{
    struct gate gate = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        dup2(gate.ends[1], 1);
        char *argv[] = {"/bin/sh", "-c", "echo $$", NULL};
        execve(argv[0], argv, environ);
        _exit(120);
    }
    char text[32] = "";
    CHECK(child_end(pid) == 0);
    CHECK(read(gate.ends[0], text, sizeof(text) - 1) > 1);
    CHECK(atoi(text) == pid);
}

TEST(script, "#! runs the interpreter with one optional argument, the script's name and the rest")
{
    char directory[64], text[512];
    enter_directory(directory);
    snprintf(text, sizeof(text), "#!%s --script\nnot read\n", self);
    write_file("script", text, strlen(text), 0755);
    char *argv[] = {"script", "given", NULL};
    CHECK(execute("./script", argv) == 56);

    // All after the first blank is one argument; blanks around it go.
    snprintf(text, sizeof(text), "#! \t%s  --two words \t\n", self);
    write_file("script", text, strlen(text), 0755);
    CHECK(execute_plain("./script") == 57);

    write_file("script", "#!/bin/sh\nexit 58\n", 18, 0755);
    CHECK(execute_plain("./script") == 58);

    // An interpreter may be a script itself.
    snprintf(text, sizeof(text), "#!%s/script\n", directory);
    write_file("second", text, strlen(text), 0755);
    CHECK(execute_plain("./second") == 58);
    unlink("script");
    unlink("second");
    leave_directory(directory);
}

TEST(script_errors, "a script without its interpreter is ENOENT, one that names itself ELOOP, an "
                    "empty line ENOEXEC")
{
    char directory[64], text[512];
    enter_directory(directory);
    write_file("lost", "#!/no/such/program\n", 19, 0755);
    CHECK(execute_plain("./lost") == -ENOENT);

    snprintf(text, sizeof(text), "#!%s/loop\n", directory);
    write_file("loop", text, strlen(text), 0755);
    CHECK(execute_plain("./loop") == -ELOOP);

    write_file("blank", "#!\n", 3, 0755);
    CHECK(execute_plain("./blank") == -ENOEXEC);
    write_file("blank", "#!   \n", 6, 0755);
    CHECK(execute_plain("./blank") == -ENOEXEC);
    unlink("lost");
    unlink("loop");
    unlink("blank");
    leave_directory(directory);
}

TEST(
    name_errors,
    "execve refuses what is no runnable name: ENOENT, EACCES, ENOTDIR, ELOOP, ENAMETOOLONG, EFAULT")
{
    char directory[64], name[300];
    enter_directory(directory);
    CHECK(execute_plain("./missing") == -ENOENT);
    CHECK(execute_plain("") == -ENOENT);
    CHECK(execute_plain(directory) == -EACCES);
    write_file("plain", "exit 0\n", 7, 0644);
    CHECK(execute_plain("./plain") == -EACCES);
    CHECK(execute_plain("./plain/below") == -ENOTDIR);
    CHECK(symlink("knot", "knot") == 0);
    CHECK(execute_plain("./knot") == -ELOOP);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    CHECK(execute_plain(name) == -ENAMETOOLONG);
    CHECK(execute_plain(NOWHERE) == -EFAULT);
    CHECK(execute(self, NOWHERE) == -EFAULT);
    char *bad[] = {self, NOWHERE, NULL};
    CHECK(execute(self, bad) == -EFAULT);
    CHECK(execute_plain("/dev/null") == -EACCES);
    unlink("plain");
    unlink("knot");
    leave_directory(directory);
}

// Executes a changed copy of this program's first page.
static int execute_changed(size_t offset, const void *bytes, size_t count, size_t keep)
{
    static unsigned char image[PAGE];
    int fd = open(self, O_RDONLY);
    CHECK(fd >= 0 && read(fd, image, PAGE) == (ssize_t)PAGE && close(fd) == 0);
    memcpy(image + offset, bytes, count);
    write_file("changed", image, keep, 0755);
    int end = execute_plain("./changed");
    unlink("changed");
    return end;
}

TEST(format_errors,
     "ENOEXEC: empty, text, cut short, wrong class, wrong machine, no program headers")
{
    char directory[64];
    enter_directory(directory);
    write_file("bad", "", 0, 0755);
    CHECK(execute_plain("./bad") == -ENOEXEC);
    write_file("bad", "hello\n", 6, 0755);
    CHECK(execute_plain("./bad") == -ENOEXEC);
    write_file("bad", "\177ELF", 4, 0755);
    CHECK(execute_plain("./bad") == -ENOEXEC);
    unlink("bad");

    Elf64_Half machine = EM_ARM, type = ET_REL, none = 0, odd = 13;
    CHECK(execute_changed(offsetof(Elf64_Ehdr, e_machine), &machine, 2, PAGE) == -ENOEXEC);
    CHECK(execute_changed(offsetof(Elf64_Ehdr, e_type), &type, 2, PAGE) == -ENOEXEC);
    CHECK(execute_changed(offsetof(Elf64_Ehdr, e_phnum), &none, 2, PAGE) == -ENOEXEC);
    CHECK(execute_changed(offsetof(Elf64_Ehdr, e_phentsize), &odd, 2, PAGE) == -ENOEXEC);
    CHECK(execute_changed(0, "\177ELF", 4, sizeof(Elf64_Ehdr) - 1) == -ENOEXEC);
    leave_directory(directory);
}

// A program of a handful of instructions, as a fixed or a position-independent image.
static void write_tiny(const char *name, int type, Elf64_Addr base)
{
    static const unsigned char code[] = {
        0x48, 0x8d, 0x05, 0xf9, 0xff, 0xff, 0xff, // lea rax, [rip-7]: where this runs
        0x31, 0xff,                               // xor edi, edi
        0x48, 0x3d, 0x00, 0x00, 0x40, 0x00,       // cmp rax, 0x400000
        0x40, 0x0f, 0x97, 0xc7,                   // seta dil
        0x83, 0xc7, 0x3c,                         // add edi, 60
        0xb8, 0x3c, 0x00, 0x00, 0x00,             // mov eax, SYS_exit
        0x0f, 0x05,                               // syscall
    };
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
        unsigned char code[sizeof(code)];
    } image = {0};
    memcpy(image.header.e_ident, "\177ELF\2\1\1", 7);
    image.header.e_type = type;
    image.header.e_machine = EM_X86_64;
    image.header.e_version = 1;
    image.header.e_entry = base + offsetof(__typeof__(image), code);
    image.header.e_phoff = sizeof(Elf64_Ehdr);
    image.header.e_ehsize = sizeof(Elf64_Ehdr);
    image.header.e_phentsize = sizeof(Elf64_Phdr);
    image.header.e_phnum = 1;
    image.segment.p_type = PT_LOAD;
    image.segment.p_flags = PF_R | PF_X;
    image.segment.p_vaddr = image.segment.p_paddr = base;
    image.segment.p_filesz = image.segment.p_memsz = sizeof(image);
    image.segment.p_align = PAGE;
    memcpy(image.code, code, sizeof(code));
    write_file(name, &image, sizeof(image), 0755);
}

TEST(fixed_and_pie, "a fixed program runs where it says, a static-PIE one somewhere above")
{
    char directory[64];
    enter_directory(directory);
    write_tiny("fixed", ET_EXEC, 0x200000);
    CHECK(execute_plain("./fixed") == 60);
    write_tiny("pie", ET_DYN, 0);
    CHECK(execute_plain("./pie") == 61);
    unlink("fixed");
    unlink("pie");
    leave_directory(directory);
}

TEST(
    hostile_segments,
    "a program whose segments lie in kernel space or nowhere is refused or dies; nothing else does")
{
    static const Elf64_Addr bases[] = {0xffffffff80000000, 0xffff800000000000, 0x7ffffffff000,
                                       0x800000000000, 0xfffffffffffff000};
    char directory[64];
    enter_directory(directory);
    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        write_tiny("hostile", ET_EXEC, bases[i]);
        int end = execute_plain("./hostile");
        CHECK(end < 0 || end == 128 + SIGSEGV || end == 128 + SIGKILL);
    }
    unlink("hostile");
    leave_directory(directory);
}
