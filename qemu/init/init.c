// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of a test guest, see init.h.
 *
 * The kernel hands over what follows "--" on its command line:
 *
 *	test NAME:SECONDS...	run these suites, send the verdict; kunit/NAME
 *				is a KUnit suite, which the kernel has run
 *	shell			give a shell on the console
 *	program PATH ARG...	run one program on the console
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define MODULES	"/modules"
#define KUNIT	"kunit/"

static const struct {
	const char *type;
	const char *where;
	const char *options;
} mounts[] = {
	{ "devtmpfs", "/dev", "" },
	{ "proc", "/proc", "" },
	{ "sysfs", "/sys", "" },
	{ "debugfs", "/sys/kernel/debug", "" },
	{ "cgroup2", "/sys/fs/cgroup", "" },
	{ "tmpfs", "/tmp", "mode=1777" },
	{ "devpts", "/dev/pts", "" },
	{ "tmpfs", "/dev/shm", "mode=1777" },
	{ "hugetlbfs", "/dev/hugepages", "" },
};

static void mount_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
			  mounts[i].options))
			say("init: mount %s: %m", mounts[i].where);
	}
}

/*
 * Drivers of devices that the tests want bound to the kernel. They wait until
 * here because on a machine with a device tree a driver that binds before its
 * bridges do would leave its device in a group of its own.
 */
static void load_modules(void)
{
	DIR *dir = opendir(MODULES);
	struct dirent *entry;
	char path[128];
	int fd;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), MODULES "/%.64s", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			say("init: %s: %m", path);
		close(fd);
	}
	closedir(dir);
}

static void take_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void __attribute__((noreturn)) power_off(void)
{
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	/* Only if the machine cannot: the host sees the guest end anyway. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* Run a program with the console as its controlling terminal, and wait. */
static void run_on_console(char **argv)
{
	pid_t pid = fork();

	if (!pid) {
		setsid();
		ioctl(STDIN_FILENO, TIOCSCTTY, 1);
		execv(argv[0], argv);
		say("init: %s: %m", argv[0]);
		_exit(127);
	}
	while (waitpid(-1, NULL, 0) != pid && errno != ECHILD)
		errno = 0;
}

static void shell(void)
{
	char *install[] = { "/bin/busybox", "--install", "-s", "/bin", NULL };
	char *sh[] = { "/bin/sh", NULL };

	run_on_console(install);
	say("The suites are in /suites. Leave with \"exit\" or Ctrl-A X.");
	run_on_console(sh);
}

/* The plan is a list of "name:seconds" with commas between. */
static void test(char *plan)
{
	bool good = true;
	char *name, *rest;

	if (report_open()) {
		say("init: no verdict port");
		return;
	}
	scan_start();
	kunit_list();
	for (name = strtok_r(plan, ",", &rest); name;
	     name = strtok_r(NULL, ",", &rest)) {
		char *seconds = strchr(name, ':');
		int limit = 60;

		if (seconds) {
			*seconds++ = '\0';
			limit = atoi(seconds);
		}
		if (!strncmp(name, KUNIT, strlen(KUNIT)))
			good &= kunit_report(name + strlen(KUNIT), limit);
		else
			good &= suite_run(name, limit);
	}
	good &= scan_finish();
	report("end", good ? "pass" : "fail", NULL);
}

int main(int argc, char **argv)
{
	/* The kernel passes "mode arguments...", preceded by our own name. */
	char *mode = argc > 1 ? argv[1] : "shell";

	mount_all();
	take_console();
	load_modules();
	setenv("PATH", "/bin:/suites", 1);
	setenv("HOME", "/tmp", 1);
	chdir("/tmp");

	if (getpid() != 1)
		say("init: not meant to be started by hand");
	else if (!strcmp(mode, "test") && argc > 2)
		test(argv[2]);
	else if (!strcmp(mode, "program") && argc > 2)
		run_on_console(argv + 2);
	else
		shell();
	power_off();
}
