# SPDX-License-Identifier: ISC
#
# The build of Braid. `make help` lists the targets.
#
# What is built, all of it below build/:
#   braid.elf    the kernel: kernel/**/*.c, kernel/**/*.S, boot/*.S, a font and a symbol table
#   libc/        libc.a and crt1.o, from libc/**
#   user/NAME    a program, from user/NAME.c and user/NAME/*.c
#   tests/NAME   a user-space test, from tests/user/NAME.c; harness.c and common.c there are linked
#                into each test
#   root.cpio    the root file system: iso/root plus the programs, the tests and Debian's busybox
#   braid.iso    one image for BIOS and UEFI, CD and USB stick
# With CHECK=1 the kernel is another: one that checks every use of a lock (docs/locking.md). It is
# made below build/check/, and braid-check.iso is that kernel with the same root file system.
#
# Variables: CROSS= compiler prefix, WERROR=1, V=1 shows the commands, MEM= CPUS= ARGS= for run and
# debug, DEV= for usb.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# Each step prints one line, `say CC kernel/lib/string.c`, or with V=1 its command.
Q   := $(if $(V),,@)
say = @$(if $(V),true,printf '%-6s %s\n' $(1) $(2))

B      := build
O      := $(B)/obj
# What the kernel is made in, and the image that it goes on.
K      := $(B)$(if $(CHECK),/check)
KO     := $(K)/obj
IMAGE  := $(B)/braid$(if $(CHECK),-check).iso
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)

# --- tools ----------------------------------------------------------------------------------------

# An empty CROSS means the machine's own gcc, where that one makes x86-64 Linux code.
ifeq ($(origin CROSS),undefined)
CROSS := $(if $(filter x86_64%-linux-gnu,$(shell gcc -dumpmachine 2>/dev/null)),,x86_64-linux-gnu-)
endif
CC      := $(CROSS)gcc
LD      := $(CROSS)ld
AR      := $(CROSS)ar
NM      := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy

FONT    := /usr/share/consolefonts/Uni2-VGA16.psf.gz
BUSYBOX := $(firstword $(wildcard /usr/bin/busybox /bin/busybox) /usr/bin/busybox)

# Targets that compile need the compiler's own headers; `make help` and `make clean` do not.
GCC_INCLUDE = $(eval GCC_INCLUDE := $$(shell $(CC) -print-file-name=include))$(GCC_INCLUDE)
LIBGCC      = $(eval LIBGCC := $$(shell $(CC) -print-libgcc-file-name))$(LIBGCC)

# --- flags ----------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Werror=int-conversion -Werror=incompatible-pointer-types
ifeq ($(WERROR),1)
WARN += -Werror
endif

COMMON := -std=gnu17 -O2 -g -fno-pie -fno-omit-frame-pointer -fno-common -fcf-protection=none \
	-fno-asynchronous-unwind-tables -nostdinc

# No floating point and no red zone in ring 0: an interrupt saves neither.
KERNEL_CFLAGS = $(COMMON) $(WARN) -ffreestanding -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-strict-aliasing -fstack-protector-strong -mstack-protector-guard=global \
	$(if $(CHECK),-DLOCK_CHECK) \
	-Ikernel -isystem $(GCC_INCLUDE)
KERNEL_LDFLAGS := -nostdlib -static -no-pie -z noexecstack -z max-page-size=4096 --build-id=none

USER_CFLAGS = $(COMMON) $(WARN) -fno-stack-protector \
	-isystem $(GCC_INCLUDE) -isystem libc/include -Ikernel
# libc.a must not be compiled into calls of itself: memcpy's loop is not to become a memcpy.
LIBC_CFLAGS = $(USER_CFLAGS) -fno-builtin -fno-tree-loop-distribute-patterns -Ilibc
USER_LDFLAGS = -nostdlib -static -no-pie -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
	-Wl,--build-id=none

DEP = -MMD -MP -MF $(@:.o=.d)

# --- sources --------------------------------------------------------------------------------------

find = $(sort $(shell find $(1) -name '$(2)' -type f 2>/dev/null))

VDSO_SRC   := kernel/x86/vdso/vdso.c
KERNEL_SRC := $(filter-out $(VDSO_SRC),$(call find,kernel,*.c)) $(call find,kernel,*.S) \
	$(sort $(wildcard boot/*.S))
KERNEL_OBJ := $(KERNEL_SRC:%=$(KO)/%.o) $(KO)/font.o $(KO)/vdso-image.o

LIBC_SRC := $(filter-out libc/crt/%,$(call find,libc,*.c) $(call find,libc,*.S))
LIBC_OBJ := $(LIBC_SRC:%=$(O)/%.o)
LIBC     := $(B)/libc/libc.a
CRT      := $(B)/libc/crt1.o

# user/common/ is no program: what it holds is linked into those that use it.
PROGRAMS := $(filter-out common,$(sort $(basename $(notdir $(wildcard user/*.c))) \
	$(foreach d,$(dir $(wildcard user/*/*.c)),$(notdir $(d:/=)))))
USER_COMMON_OBJ := $(patsubst %,$(O)/%.o,$(wildcard user/common/*.c))
USER_COMMON := $(B)/libc/common.a
USER_BIN := $(PROGRAMS:%=$(B)/user/%)

TEST_COMMON := $(wildcard tests/user/harness.c tests/user/common.c)
TEST_SRC    := $(filter-out $(TEST_COMMON),$(sort $(wildcard tests/user/*.c)))
TEST_BIN    := $(TEST_SRC:tests/user/%.c=$(B)/tests/%)

# A list of all sources, rewritten only when it changes: what was linked from a file that is gone is
# then linked again.
SOURCES := $(KERNEL_SRC) $(LIBC_SRC) $(PROGRAMS) $(USER_COMMON_OBJ) $(TEST_SRC) $(TEST_COMMON)
$(O)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(SOURCES)' | cmp -s - $@ || echo '$(SOURCES)' > $@
FORCE:

# --- the usual targets ----------------------------------------------------------------------------

.PHONY: FORCE all iso check kernel libc user run debug test bench setup-debug setup-bench usb setup format clean help

## all: build/braid.iso and everything in it (also: make iso)
all: iso
iso: $(IMAGE)

## check: build/braid-check.iso, whose kernel checks every use of a lock (tests/vm --check boots it)
check:
	@+$(MAKE) --no-print-directory CHECK=1 iso

kernel: $(K)/braid.elf
libc: $(LIBC) $(CRT)
user: $(USER_BIN) $(TEST_BIN)

## run: set up, build, boot in QEMU; shell on this terminal (MEM=2G CPUS=4 ARGS='KERNEL WORDS')
MEM  ?= 512M
CPUS ?= 1
ARGS ?=
run: setup
	@+$(MAKE) --no-print-directory iso
	@$(PYTHON) tests/machine.py run --mem '$(MEM)' --cpus '$(CPUS)' --args '$(ARGS)'

## debug: as run, but QEMU waits for gdb, which starts here with build/braid.elf loaded
debug: setup-debug
	@+$(MAKE) --no-print-directory iso
	@$(PYTHON) tests/machine.py debug --mem '$(MEM)' --cpus '$(CPUS)' --args '$(ARGS)'

## test: set up, build, run every test; ends with "N passed, N failed" (T='FILES AND PYTEST OPTIONS')
T ?=
test: setup
	@+$(MAKE) --no-print-directory iso
	@+$(MAKE) --no-print-directory check
	@tests/run $(T)

## bench: the cost of basic operations on Braid and on Debian's Linux, as a table of ratios
bench: setup-bench
	@+$(MAKE) --no-print-directory iso
	@$(PYTHON) -B tests/bench

## usb: write the image to a stick, after showing what it is and asking (DEV=/dev/sdX)
usb: $(IMAGE)
	@boot/usb.sh '$(DEV)' $(IMAGE)

## setup: check for the tools that are needed and install what is missing
setup setup-debug setup-bench:
	@CROSS='$(CROSS)' boot/setup.sh $(patsubst setup-%,%,$(filter setup-%,$@))

## format: clang-format on every C file
format:
	clang-format -i $(shell find kernel libc user tests -name '*.[ch]')

## clean: remove build/
clean:
	rm -rf $(B)

## help: this list
help:
	@sed -n 's/^## //p' Makefile

# --- compiling ------------------------------------------------------------------------------------

$(KO)/kernel/%.c.o: kernel/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(DEP) -c -o $@ $<

$(KO)/kernel/%.S.o: kernel/%.S Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(DEP) -c -o $@ $<

$(KO)/boot/%.S.o: boot/%.S Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(DEP) -c -o $@ $<

$(O)/libc/%.o: libc/% Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(LIBC_CFLAGS) $(DEP) -c -o $@ $<

$(O)/user/%.o: user/% Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(USER_CFLAGS) -Iuser $(DEP) -c -o $@ $<

$(O)/tests/user/%.o: tests/user/% Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/user $(DEP) -c -o $@ $<

# The vDSO is user code: movable, and with the tables that lead a debugger back to its caller.
VDSO_CFLAGS = $(filter-out -fno-pie -fno-asynchronous-unwind-tables,$(COMMON)) $(WARN) -fpic \
	-fasynchronous-unwind-tables -ffreestanding -mgeneral-regs-only -fno-stack-protector -Ikernel \
	-isystem $(GCC_INCLUDE)
VDSO_LDFLAGS = -shared -soname=linux-vdso.so.1 -Bsymbolic --hash-style=both --eh-frame-hdr \
	--build-id=none -z noexecstack -z max-page-size=4096 --no-undefined

# --- the kernel -----------------------------------------------------------------------------------

# The screen's font, uncompressed, between console_font_start and console_font_end (a PSF file).
$(KO)/font.psf: $(FONT)
	@mkdir -p $(@D)
	$(Q)gzip -dc $< > $@

$(KO)/font.o: $(KO)/font.psf
	@printf '%s\n' '.section .rodata' '.balign 16' \
	    '.globl console_font_start, console_font_end' 'console_font_start: .incbin "$<"' \
	    'console_font_end:' '.section .note.GNU-stack,"",@progbits' > $(KO)/font.S
	$(Q)$(CC) -c -o $@ $(KO)/font.S

# The page [vdso] of every process, between vdso_image and vdso_image_end.
$(KO)/vdso.o: $(VDSO_SRC) Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(VDSO_CFLAGS) $(DEP) -c -o $@ $<

$(KO)/vdso.so: $(KO)/vdso.o kernel/x86/vdso/vdso.lds
	$(call say,LD,$@)
	$(Q)$(LD) $(VDSO_LDFLAGS) -T kernel/x86/vdso/vdso.lds -o $@ $<
	$(Q)$(OBJCOPY) --strip-all $@

$(KO)/vdso-image.o: $(KO)/vdso.so
	@printf '%s\n' '.section .rodata' '.globl vdso_image, vdso_image_end' \
	    'vdso_image: .incbin "$<"' 'vdso_image_end:' '.section .note.GNU-stack,"",@progbits' \
	    > $(KO)/vdso-image.S
	$(Q)$(CC) -c -o $@ $(KO)/vdso-image.S

# The kernel is linked twice: first with an empty symbol table, to learn the addresses, then with
# the real one. boot/symbols.py explains the table; --check proves that nothing moved.
KERNEL_LINK = $(LD) $(KERNEL_LDFLAGS) -T linker.ld

$(KO)/no-symbols.S: boot/symbols.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) boot/symbols.py < /dev/null > $@

$(KO)/braid.first: linker.ld $(KERNEL_OBJ) $(KO)/no-symbols.o $(O)/sources
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) -o $@ $(filter %.o,$^)

$(KO)/symbols.S: $(KO)/braid.first boot/symbols.py
	$(Q)$(NM) -n $< | $(PYTHON) boot/symbols.py > $@

$(KO)/symbols.o $(KO)/no-symbols.o: %.o: %.S
	$(call say,CC,$<)
	$(Q)$(CC) -c -o $@ $<

$(K)/braid.elf: linker.ld $(KERNEL_OBJ) $(KO)/symbols.o
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) -o $@.new $(filter %.o,$^)
	$(Q)$(NM) -n $@.new | $(PYTHON) boot/symbols.py --check $(KO)/symbols.S
	$(Q)mv $@.new $@

# --- libc, programs, tests ------------------------------------------------------------------------

$(LIBC): $(LIBC_OBJ) $(O)/sources
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $(LIBC_OBJ)

$(CRT): $(O)/libc/crt/crt1.S.o
	@mkdir -p $(@D)
	$(Q)cp $< $@

USER_LINK = $(CC) $(USER_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %/common.a,$^) $(LIBC) $(LIBGCC)

$(USER_COMMON): $(USER_COMMON_OBJ) $(O)/sources
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(USER_COMMON_OBJ)

define PROGRAM_RULE
$(B)/user/$(1): $(CRT) $(patsubst %,$(O)/%.o,$(wildcard user/$(1).c) $(sort $(wildcard user/$(1)/*.c))) $(USER_COMMON) $(LIBC)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(USER_LINK)
endef
$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM_RULE,$(p))))

$(TEST_BIN): $(B)/tests/%: $(CRT) $(O)/tests/user/%.c.o $(TEST_COMMON:%=$(O)/%.o) $(LIBC)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(USER_LINK)

# --- the image ------------------------------------------------------------------------------------

ROOT_FILES := $(shell find iso/root -type f -o -type l 2>/dev/null)

# The staging tree is made afresh each time: a program that was removed must not linger. Debugging
# information stays in build/; what is loaded at each boot is small.
$(B)/root.cpio: $(USER_BIN) $(TEST_BIN) $(ROOT_FILES) $(BUSYBOX) boot/stage.sh boot/cpio.py user/busybox.links \
		$(O)/sources
	$(call say,IMAGE,$@)
	$(Q)OBJCOPY='$(OBJCOPY)' PYTHON='$(PYTHON)' boot/stage.sh $(B) $(BUSYBOX) \
	    '$(USER_BIN)' '$(TEST_BIN)'

$(IMAGE): $(K)/braid.elf $(B)/root.cpio iso/grub.cfg boot/image.sh
	$(call say,IMAGE,$@)
	$(Q)OBJCOPY='$(OBJCOPY)' boot/image.sh $(K) $(B)/root.cpio $@

-include $(shell find $(sort $(O) $(KO)) -name '*.d' 2>/dev/null)
