# SPDX-License-Identifier: MIT
#
# ima-init on Debian 12. `make help` lists what can be made.
#
#   V=1            show every command
#   WERROR=1       a warning is an error (set by the continuous integration)
#   MUST_RUN=1     a test that could run and does not is a failure
#   SECONDS=N      how long make fuzz runs each fuzzer (default: 60)
#   BOOTS=N        how often make bench boots each contender (default: 50)
#   JOBS=N         test programs at a time (default: one a processor)
#   ARCH=arm64     ima-init for 64-bit ARM, in build/arm64; ARCH=arm: for 32-bit ARM
#   CFLAGS         optimisation and debugging; what safety needs is added to it
#   MUSL_CC        the compiler wrapper of musl
#   DESTDIR PREFIX where `make install` puts the documentation and the policies
#   IMA_INIT_CACHE test kernels, sources and packages, shared by every clone

CFLAGS  ?= -Os -g
PREFIX  ?= /usr
DESTDIR ?=
JOBS    ?= $(shell nproc)

# Another architecture: the compiler's prefix, and Debian's name of it. Asked for on the command line of
# make only, since the environment of who builds kernels has one, too.
override ARCH := $(if $(filter command,$(origin ARCH)),$(patsubst armhf,arm,$(ARCH)))
cross_arm64 := aarch64-linux-gnu- arm64
cross_arm   := arm-linux-gnueabihf- armhf
cross_of     = $(word $1,$(cross_$(ARCH)))

build := build
# What is made for ARCH, and by what.
out := $(build)$(ARCH:%=/%)
ifeq ($(ARCH),)
MUSL_CC  ?= musl-gcc
MUSL_LIB ?= /usr/lib/$(shell uname -m)-linux-musl
else
$(if $(cross_$(ARCH)),,$(error ARCH=$(ARCH) is none of arm64, arm))
# The rest is of the host, which imactl runs on.
$(if $(filter-out all clean $(out)/%,$(MAKECMDGOALS)),$(error ARCH= is for what runs as process 1: make ARCH=$(ARCH)))
MUSL_CC  := $(out)/musl-gcc
MUSL_LIB := $(out)/musl
endif
quiet := $(if $(V),,@)
say    = $(if $(V),@:,@printf '  %-7s %s\n')

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef $(if $(WERROR),-Werror)
safety   := -std=gnu11 -D_GNU_SOURCE -fPIE -fstack-protector-strong -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -ffunction-sections -fdata-sections
init_flags := $(CFLAGS) $(safety) $(warnings) -Iinclude -Isrc -I$(out)/include -I$(out)/keyutils

# Static and position independent; musl-gcc knows only one of the two by itself.
link_flags := -nostartfiles -static -Wl,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack \
	-Wl,--gc-sections,--hash-style=sysv,--fatal-warnings
start_files := $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o
end_files   := $(MUSL_LIB)/crtn.o
strip       := $(call cross_of,1)strip --remove-section=.comment

# Both programs are made of these: no heap, no input or output.
format_sources := $(wildcard src/format/*.c)
sources := $(wildcard src/init/*.c) $(format_sources)
objects := $(sources:src/%.c=$(out)/%.o)
keyutils := $(out)/keyutils/libkeyutils.a

.DELETE_ON_ERROR:
.PHONY: all demo check check-full check-unit check-cli check-boot check-qemu cross fuzz bench packages kernels print-test-kernel install deb rpm clean clean-cache help

all: $(out)/ima-init $(out)/ima-init-initramfs $(out)/ima-init-initrd $(if $(ARCH),,$(build)/imactl)

# ---- ima-init ---------------------------------------------------------------

$(out)/ima-init: $(out)/ima-init.debug
	$(say) STRIP $@
	$(quiet)$(strip) -o $@ $<

$(out)/ima-init.debug: $(objects) $(keyutils)
	$(say) LINK $@
	$(quiet)$(MUSL_CC) $(CFLAGS) $(link_flags) -o $@ $(start_files) $(objects) $(keyutils) $(end_files)

# The same for a rootfs, and for an initrd image: another list of steps, and what only it calls.
others := $(out)/ima-init-initramfs $(out)/ima-init-initrd
shared_objects := $(filter-out $(out)/init/main.o,$(objects))

$(others): %: %.debug
	$(say) STRIP $@
	$(quiet)$(strip) -o $@ $<

$(others:=.debug): $(out)/ima-init-%.debug: $(shared_objects) $(out)/init/main-%.o $(keyutils)
	$(say) LINK $@
	$(quiet)$(MUSL_CC) $(CFLAGS) $(link_flags) -o $@ $(start_files) $(shared_objects) $(out)/init/main-$*.o \
		$(keyutils) $(end_files)

$(out)/init/main-initramfs.o: program := -DIN_INITRAMFS
$(out)/init/main-initrd.o:    program := -DIN_INITRD
$(others:$(out)/ima-init-%=$(out)/init/main-%.o): src/init/main.c $(keyutils) $(out)/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(MUSL_CC) $(init_flags) $(program) -MMD -MP -c -o $@ $<

define init_object
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(MUSL_CC) $(init_flags) -MMD -MP -c -o $@ $<
endef

$(out)/init/%.o: src/init/%.c $(keyutils) $(out)/flags
	$(init_object)

$(out)/format/%.o: src/format/%.c $(keyutils) $(out)/flags
	$(init_object)

$(keyutils): src/keyutils/build src/debian/fetch $(out)/flags $(if $(ARCH),$(MUSL_CC))
	$(say) BUILD $@
	$(quiet)CC='$(MUSL_CC)' CFLAGS='$(CFLAGS) $(safety)' $(if $(ARCH),AR=$(call cross_of,1)ar \
		KERNEL_HEADERS='$(CURDIR)/$(out)/sysroot/usr/include') src/keyutils/build $(@D)

# Debian's musl and headers of that architecture, and a compiler that takes them.
$(if $(ARCH),$(MUSL_CC)): src/musl/build src/debian/fetch
	$(say) BUILD $@
	$(quiet)src/musl/build $(call cross_of,2) $(call cross_of,1)gcc $(@D)

# Other flags make everything again.
$(out)/flags: FORCE
	$(quiet)mkdir -p $(out)
	$(quiet)printf '%s\n' '$(MUSL_CC) $(init_flags) $(link_flags) $(strip)' | cmp -s - $@ || \
		printf '%s\n' '$(MUSL_CC) $(init_flags) $(link_flags) $(strip)' >$@
FORCE:

-include $(objects:.o=.d) $(out)/init/main-initramfs.d $(out)/init/main-initrd.d

# ---- imactl -----------------------------------------------------------------

# An ordinary program of the host: shared libraries, glibc. Its build ID does not depend on where the checkout is.
imactl_sources := $(wildcard src/imactl/*.c)
imactl_objects := $(imactl_sources:src/imactl/%.c=$(build)/imactl.o/%.o) \
	$(format_sources:src/%.c=$(build)/imactl.o/%.o)
imactl_flags   := $(CFLAGS) -O2 -std=gnu11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -fPIE -fstack-protector-strong \
	-ffile-prefix-map='$(CURDIR)=.' -pthread -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 $(warnings) -Iinclude -Isrc -DDATA_DIR='"$(PREFIX)/share/ima-init"'
imactl_libs    := -larchive -lcom_err -lcrypto -lext2fs -lfsverity -ljansson -lkeyutils -lz

$(build)/imactl: $(imactl_objects)
	$(say) LINK $@
	$(quiet)$(CC) $(CFLAGS) -pie -pthread -Wl,-z,relro,-z,now -o $@ $^ $(imactl_libs)

define imactl_object
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(imactl_flags) -MMD -MP -c -o $@ $<
endef

$(build)/imactl.o/%.o: src/imactl/%.c $(build)/imactl-flags
	$(imactl_object)

$(build)/imactl.o/format/%.o: src/format/%.c $(build)/imactl-flags
	$(imactl_object)

$(build)/imactl-flags: FORCE
	$(quiet)mkdir -p $(build)
	$(quiet)printf '%s\n' '$(CC) $(imactl_flags)' | cmp -s - $@ || printf '%s\n' '$(CC) $(imactl_flags)' >$@

-include $(imactl_objects:.o=.d)

# For each other architecture.
cross:
	$(quiet)$(MAKE) --no-print-directory ARCH=arm64
	$(quiet)$(MAKE) --no-print-directory ARCH=arm

# ---- tests ------------------------------------------------------------------

packages:
	$(quiet)tests/setup/packages

# The directory of the kernels that are named, default: of all. A kernel that cannot be built ends the
# recipe; the shell would ignore that in an assignment in front of a command.
with_kernels = directory=$$(tests/kernel/build $1) && TEST_KERNEL_DIR=$$directory

# What follows starts only when the packages are there.
demo: packages
	$(quiet)$(MAKE) --no-print-directory --silent all
	$(quiet)$(call with_kernels,base) tests/boot/demo

check: packages
	$(quiet)$(MAKE) --no-print-directory --silent all cross $(build)/unit/built
	$(quiet)tests/kernel/build >/dev/null
	$(quiet)tests/boot/report --reset
	$(quiet)$(with_kernels) $(prove) \
		$(wildcard tests/cli/*.t) tests/unit/unit.t $(wildcard tests/boot/*.t) $(wildcard tests/qemu/*.t) \
		$(wildcard tests/bench/*.t)
	$(quiet)tests/boot/report

# Without a boot: seconds.
check-unit check-cli: packages
	$(quiet)$(MAKE) --no-print-directory --silent all cross $(build)/unit/built
	$(quiet)$(prove) $(if $(filter check-cli,$@),$(wildcard tests/cli/*.t),tests/unit/unit.t)

# T=NAME: only tests/boot/NAME.t
check-boot: packages
	$(quiet)$(MAKE) --no-print-directory --silent all
	$(quiet)$(with_kernels) $(prove) \
		$(if $(T),tests/boot/$(T).t,$(wildcard tests/boot/*.t))

# T=NAME: only tests/qemu/NAME.t
check-qemu: packages
	$(quiet)$(MAKE) --no-print-directory --silent all cross
	$(quiet)$(call with_kernels,base qemu arm64 arm64-forced arm) $(prove) \
		$(if $(T),tests/qemu/$(T).t,$(wildcard tests/qemu/*.t))

prove := prove -j$(JOBS) --failures --comments

# All of it, an example with a kernel of its own, the tests of imactl again with the sanitizers, and each
# fuzzer for a minute.
check-full: check
	$(quiet)$(MAKE) --no-print-directory --silent $(build)/sanitized/imactl
	$(quiet)$(with_kernels) EXAMPLES_KERNEL=1 $(prove) tests/boot/examples.t
	$(quiet)IMACTL=$(build)/sanitized/imactl ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
		$(prove) $(wildcard tests/cli/*.t)
	$(quiet)$(MAKE) --no-print-directory fuzz SECONDS=60

$(build)/sanitized/imactl: $(imactl_sources) $(format_sources) $(wildcard src/imactl/*.h src/format/*.h include/*.h)
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(filter-out -O2 -D_FORTIFY_SOURCE=2,$(imactl_flags)) -O1 -fsanitize=address,undefined \
		-fno-sanitize-recover=all -o $@ $(imactl_sources) $(format_sources) $(imactl_libs)

# Ratios to what bounds each program and to its rivals, side by side in one run. T=boot, T=sign: only that; the
# boots leave build/bench/boot.json and boot.svg, which tests/bench/publish puts into the README.
BOOTS ?= 50
bench: packages
	$(quiet)$(MAKE) --no-print-directory --silent all
ifneq ($(T),boot)
	$(quiet)tests/bench/sign
endif
ifneq ($(T),sign)
	$(quiet)$(call with_kernels,base qemu) tests/bench/boot --boots $(BOOTS)
	$(quiet)tests/bench/plot $(build)/bench/boot.json >$(build)/bench/boot.svg
	$(quiet)tests/bench/table $(build)/bench/boot.json
	$(quiet)tests/bench/table --verdicts $(build)/bench/boot.json
endif

# What the boot of ima-init is measured against, built as it is.
floors := $(addprefix $(build)/bench/,floor no-evm no-policy)
$(build)/bench/no-evm:    program := -DNO_EVM
$(build)/bench/no-policy: program := -DNO_POLICY
$(floors): tests/bench/guest/floor.c $(keyutils) $(build)/flags
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(MUSL_CC) $(init_flags) $(program) $(link_flags) -s -o $@ $(start_files) $< $(end_files)

# The kernel program, the certificate of the CA that it trusts, the CA's key.
print-test-kernel: packages
	@directory=$$(tests/kernel/build base) && \
		printf '%s\n' "$$directory/linux-base" "$$directory/ca.pem" "$$directory/ca.key"

kernels: packages
	@tests/kernel/build >/dev/null

# The modules once more, with the host's compiler and its sanitizers.
unit_tests := $(patsubst tests/unit/test_%.c,$(build)/unit/%,$(wildcard tests/unit/test_*.c))
unit_flags := -std=gnu11 -D_GNU_SOURCE -g -O1 -Wall -Wextra $(if $(WERROR),-Werror) \
	-fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Isrc

# Those of imactl are programs of cmocka, each linked with what it needs of imactl.
unit_tests += $(patsubst tests/unit/%.c,$(build)/unit/%,$(wildcard tests/unit/imactl/test_*.c))
unit_imactl := $(patsubst src/%.c,$(build)/unit/o/%.o,$(format_sources) \
	$(filter-out src/imactl/main.c src/imactl/cmd_%,$(imactl_sources)))

$(build)/unit/built: $(unit_tests)
	$(quiet)touch $@

# Each test includes the files that it tests, and is linked with the others.
$(build)/unit/%: tests/unit/test_%.c tests/unit/tap.h $(sources) \
		$(wildcard src/init/*.h src/format/*.h include/*.h)
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)gcc $(unit_flags) -Itests/unit -o $@ $< $(filter-out src/init/main.c \
		$(addprefix src/,$(shell sed -n 's/^#include "\([a-z_/]*\.c\)"$$/\1/p' $<)),$(sources)) -lkeyutils

$(build)/unit/imactl/%: tests/unit/imactl/%.c $(build)/unit/imactl.a $(imactl_sources) \
		$(wildcard tests/unit/imactl/*.h)
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)gcc $(unit_flags) -Isrc/imactl -o $@ $< $(build)/unit/imactl.a $(imactl_libs) -lcmocka

$(build)/unit/imactl.a: $(unit_imactl)
	$(quiet)rm -f $@ && ar rcs $@ $^

$(build)/unit/o/%.o: src/%.c $(wildcard src/imactl/*.h src/format/*.h include/*.h)
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)gcc $(unit_flags) -c -o $@ $<

# ---- fuzzing ----------------------------------------------------------------

# A target is a file tests/fuzz/NAME.c and a folder tests/fuzz/corpus/NAME. It may include any source
# file, to reach what is static there; what else it needs comes from the two archives.
FUZZ_CC ?= clang
SECONDS ?= 60
fuzz_targets := $(patsubst tests/fuzz/%.c,$(build)/fuzz/%,$(wildcard tests/fuzz/*.c))
fuzz_headers := $(wildcard src/init/*.h src/imactl/*.h src/format/*.h include/*.h tests/fuzz/lib/*.h)
fuzz_flags   := -std=gnu11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wno-string-plus-int $(if $(WERROR),-Werror) \
	-fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Isrc -DDATA_DIR='"/"'
fuzz_init    := $(patsubst src/%.c,$(build)/fuzz/o/%.o,$(filter-out src/init/main.c,$(sources)))
fuzz_imactl  := $(patsubst src/%.c,$(build)/fuzz/o/%.o,\
	$(filter-out src/imactl/main.c src/imactl/report.c src/imactl/cmd_%,$(imactl_sources))) \
	$(build)/fuzz/o/quiet.o

fuzz: packages
	$(quiet)tests/fuzz/run $(SECONDS)

$(build)/fuzz/built: $(fuzz_targets)
	$(quiet)touch $@

# Both have a close_descriptor(), which does the same.
$(build)/fuzz/%: tests/fuzz/%.c $(build)/fuzz/imactl.a $(build)/fuzz/init.a $(imactl_sources) $(fuzz_headers)
	$(say) CC $@
	$(quiet)$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer -o $@ $< $(build)/fuzz/imactl.a $(build)/fuzz/init.a \
		-Wl,-z,muldefs $(imactl_libs)

$(build)/fuzz/init.a: $(fuzz_init)
$(build)/fuzz/imactl.a: $(fuzz_imactl)
$(build)/fuzz/%.a:
	$(quiet)rm -f $@ && ar rcs $@ $^

$(build)/fuzz/o/quiet.o: tests/fuzz/lib/quiet.c $(fuzz_headers)
	$(quiet)mkdir -p $(@D)
	$(quiet)$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer-no-link -c -o $@ $<

$(build)/fuzz/o/%.o: src/%.c $(fuzz_headers)
	$(say) CC $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer-no-link -c -o $@ $<

# ---- the rest ---------------------------------------------------------------

install: all
	install -D -m 0755 $(build)/ima-init $(DESTDIR)$(PREFIX)/lib/ima-init/init
	install -D -m 0755 $(build)/ima-init-initramfs $(DESTDIR)$(PREFIX)/lib/ima-init/init-initramfs
	install -D -m 0755 $(build)/ima-init-initrd $(DESTDIR)$(PREFIX)/lib/ima-init/init-initrd
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin $(build)/imactl
	install -D -m 0644 packaging/bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/imactl
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/ima-init/keys keys/README.md $(wildcard keys/*.cnf)
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/ima-init/policy policy/*
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/ima-init/kernel packaging/kernel/README.md packaging/kernel/ima-init.config
	for series in $(notdir $(wildcard packaging/kernel/linux-*)); do \
		install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/ima-init/kernel/$$series packaging/kernel/$$series/* || exit 1; done
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/libexec/ima-init packaging/initramfs/initramfs-tree
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/98ima-init packaging/dracut/98ima-init/module-setup.sh
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/share/initramfs-tools/hooks packaging/initramfs-tools/hooks/ima-init
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/initramfs-tools/conf-hooks.d packaging/initramfs-tools/conf-hooks.d/ima-init
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/doc/ima-init README.md SECURITY.md NEWS.md
	set -e; for file in $$(find examples -type f ! -name '*~' ! -name '.*'); do \
		mode=0644; [ ! -x $$file ] || mode=0755; \
		install -D -m $$mode $$file $(DESTDIR)$(PREFIX)/share/doc/ima-init/$$file; done
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/doc/ima-init/examples packaging/initramfs/grub.cfg
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man1 man/imactl.1
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man8 man/ima-init.8
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man5 man/ima-init.conf.5

# Debian and RPM packages, in build/packages; SOURCE_DATE_EPOCH as usual.
deb rpm:
	$(quiet)packaging/build $(build)/packages $@
	$(quiet)printf '%s\n' $(build)/packages/*.$@

clean:
	rm -rf $(build)

# Test kernels that other sources, another compiler or another CA made.
clean-cache:
	@tests/kernel/build --prune

help:
	@printf '%s\n' 'make                    build/ima-init and build/imactl' \
		'make ARCH=arm64         ima-init for 64-bit ARM, in build/arm64; ARCH=arm: for 32-bit ARM' \
		'make packages           install what the build and the tests need (as root)' \
		'make demo               build all, boot a signed image, then some forged ones' \
		'make check              every test' \
		'make check-full         the same, imactl with the sanitizers, and the fuzzers' \
		'make check-unit         the parsers, with sanitizers' \
		'make check-cli          the program file, the manual and the scripts' \
		'make check-boot T=NAME  one file of boot tests, tests/boot/NAME.t' \
		'make check-qemu T=NAME  the same in QEMU, with firmware and a TPM: tests/qemu/NAME.t' \
		'make fuzz SECONDS=60    bytes for each parser, so long for each' \
		'make bench T=boot       how fast it boots, as ratios; T=sign: imactl (as root); both' \
		'make kernels            build the test kernels (kept outside the clone)' \
		'make print-test-kernel  where the test kernel, its CA and its key are' \
		'make install            DESTDIR=, PREFIX=' \
		'make deb, make rpm      packages, in build/packages' \
		'make clean              remove build/; the test kernels stay' \
		'make clean-cache        remove test kernels that this checkout does not use'
