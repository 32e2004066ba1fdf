/* SPDX-License-Identifier: MIT */
/* What sysfs says of partitions, as Linux 6.1 and 6.13 say it; a directory stands for sysfs. */
#include "init/root_device.c"

#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

static struct boot boot;
static int sysfs;

static void device(const char *name, const char *uevent)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "class/block/%s", name);
	if (mkdirat(sysfs, path, 0755) < 0)
		abort();
	(void)snprintf(path, sizeof(path), "class/block/%s/uevent", name);
	int file = openat(sysfs, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (file < 0 || write(file, uevent, strlen(uevent)) != (ssize_t)strlen(uevent))
		abort();
	(void)close(file);
}

static void start(void)
{
	static char path[] = "/tmp/ima-init-unit-XXXXXX";

	(void)strcpy(path, "/tmp/ima-init-unit-XXXXXX");
	if (!mkdtemp(path))
		abort();
	sysfs = open(path, O_RDONLY | O_DIRECTORY);
	if (mkdirat(sysfs, "class", 0755) < 0 || mkdirat(sysfs, "class/block", 0755) < 0)
		abort();
	device("sda", "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\nDISKSEQ=1\n");
}

static void end(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf \"$(readlink /proc/%d/fd/%d)\"", (int)getpid(), sysfs);
	if (system(command) != 0)
		abort();
	(void)close(sysfs);
}

static enum failure_code find(const char *name)
{
	(void)strcpy(boot.root.device, name);
	boot.root.node[0] = boot.what[0] = '\0';
	boot.root.wait = 5;
	return find_once(&boot, sysfs);
}

static void found(const char *name, const char *node, const char *what)
{
	ok(find(name) == FAIL_NONE && strcmp(boot.root.node, node) == 0, what);
}

/* @ends: waiting would not bring it. */
static void refused(const char *name, const char *says, bool ends, const char *what)
{
	ok(find(name) == FAIL_ROOT_MISSING && strstr(boot.what, says) && (boot.root.wait == 0) == ends, what);
	if (!strstr(boot.what, says))
		printf("# said \"%s\"\n", boot.what);
}

#define A "PARTUUID=0a1b2c3d-0405-0607-0809-0a0b0c0d0e0f"
#define B "PARTUUID=ffffffff-0405-0607-0809-0a0b0c0d0e0f"
#define PART(node, more) "MAJOR=8\nMINOR=1\nDEVNAME=" node "\nDEVTYPE=partition\nDISKSEQ=1\n" more

int main(void)
{
	start();
	device("sda1", PART("sda1", "PARTN=1\nPARTNAME=a\n" A "\n"));
	device("sda2", PART("sda2", "PARTN=2\nPARTNAME=b\n" B "\n"));
	device("cciss!c0d0p1", PART("cciss/c0d0p1", "PARTN=1\nPARTNAME=c\nPARTUUID=01020304-01\n"));
	found(A, "/dev/sda1", "PARTUUID of 6.13");
	found(B, "/dev/sda2", "another one");
	found("PARTUUID=FFFFFFFF-0405-0607-0809-0A0B0C0D0E0F", "/dev/sda2", "in capitals");
	found("PARTUUID=01020304-01", "/dev/cciss/c0d0p1", "of an MBR, and a node in a directory");
	found("PARTLABEL=b", "/dev/sda2", "PARTLABEL");
	refused("PARTUUID=0a1b2c3d", "no partition has this name", false, "the beginning of one");
	refused(A "0", "no partition has this name", false, "more than one");
	refused("PARTUUID=01020304-01/PARTNROFF=1", "no partition has this name", false, "one by another");
	refused("PARTUUID=", "no partition has this name", false, "nothing");
	refused("PARTLABEL=B", "no partition has this name", false, "a label in other letters");
	device("sdb1", PART("sdb1", "PARTN=1\nPARTNAME=b\n" A "\n"));
	refused(A, "two partitions have this name", true, "the same PARTUUID twice");
	refused("PARTLABEL=b", "two partitions have this name", true, "the same PARTLABEL twice");
	device("sdc1", PART("sdc1", "PARTN=1\n"));
	refused("PARTUUID=77", "no partition has this name", false, "one that has none beside those that have");
	end();

	start();
	device("sda1", PART("sda1", "PARTN=1\nPARTNAME=a\n"));
	refused(A, "does not show PARTUUIDs", true, "a kernel before 6.13");
	found("PARTLABEL=a", "/dev/sda1", "  shows the label");
	device("sda2", "PARTN=2\nPARTNAME=x\n");
	refused("PARTLABEL=x", "names no node", true, "a device without a node");
	end();

	start();
	refused(A, "no partition has this name", false, "before there is a partition");
	end();

	start();
	device("sda1", PART("sda1", "PARTN=1\nPARTNAME=DEVNAME=sdz\n"));
	found("PARTLABEL=DEVNAME=sdz", "/dev/sda1", "a label that looks like a line");
	end();

	unsigned major = 0, minor = 0;

	ok(parse_number("8:1", &major, &minor) && major == 8 && minor == 1, "8:1");
	ok(parse_number("b302", &major, &minor) && major == 179 && minor == 2, "b302");
	ok(parse_number("0x10305", &major, &minor) && major == 259 && minor == 5, "0x10305");
	ok(parse_number("10082c", &major, &minor) && major == 8 && minor == 300, "more than 8 bits of a minor number");
	ok(!parse_number("8:", &major, &minor) && !parse_number("", &major, &minor) &&
	   !parse_number("123456789", &major, &minor) && !parse_number("8:1:", &major, &minor), "no numbers");
	return tap_done();
}
