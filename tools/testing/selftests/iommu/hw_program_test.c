// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that show how it is done, which lie beside this one: they do what
 * they say, as programs of 32 bits too.
 */
#include <libgen.h>
#include <limits.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"

FIXTURE(program)
{
	struct pci_dev pci;
	char output[4096];
};

FIXTURE_VARIANT(program)
{
	const char *suffix;
};

FIXTURE_VARIANT_ADD(program, of_this_machine) { .suffix = "" };
FIXTURE_VARIANT_ADD(program, of_32_bits) { .suffix = "32" };

static void path_of(char *path, const char *name, const char *suffix)
{
	char self[PATH_MAX] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		self[0] = '\0';
	snprintf(path, PATH_MAX, "%.2000s/%s%s", dirname(self), name, suffix);
}

FIXTURE_SETUP(program)
{
	char path[PATH_MAX];

	path_of(path, "iommufd_example", variant->suffix);
	if (access(path, X_OK))
		SKIP_FROM_SETUP("no compiler for 32 bits was there");
	if (hw_missing(0))
		SKIP_FROM_SETUP("no edu device alone in its group");
	ASSERT_OK(pci_find(PCI_ID_EDU, PCI_ALONE, 0, &self->pci));
}

FIXTURE_TEARDOWN(program)
{
	pci_give_back(&self->pci);
}

/* Its exit status, with what it has printed in self->output; or -errno */
static int run(struct _test_data_program *self, const char *suffix,
	       const char *name, const char *arg)
{
	char path[PATH_MAX];
	size_t length = 0;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	path_of(path, name, suffix);
	if (pipe(ends))
		return -errno;
	pid = fork();
	if (!pid) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execl(path, name, arg, NULL);
		_exit(126);
	}
	close(ends[1]);
	do {
		n = read(ends[0], self->output + length,
			 sizeof(self->output) - 1 - length);
		length += n > 0 ? n : 0;
	} while (n > 0);
	close(ends[0]);
	self->output[length] = '\0';
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return WEXITSTATUS(status);
}

TEST_F(program, example_has_a_device_copy_and_be_blocked)
{
	ASSERT_OK(pci_take(&self->pci));
	EXPECT_EQ(0, run(self, variant->suffix, "iommufd_example",
			 self->pci.name)) {
		TH_LOG("%s", self->output);
	}
	EXPECT_NE(NULL, strstr(self->output, "copied 4096 bytes\n"));
	EXPECT_NE(NULL, strstr(self->output, "blocked 4096 bytes\n"));
}

TEST_F(program, example_says_what_is_in_its_way)
{
	EXPECT_EQ(1, run(self, variant->suffix, "iommufd_example",
			 self->pci.name));
	EXPECT_NE(NULL, strstr(self->output, "not with vfio-pci"));
}

TEST_F(program, demo_comes_to_its_end)
{
	EXPECT_EQ(0, run(self, variant->suffix, "iommufd_demo", NULL)) {
		TH_LOG("%s", self->output);
	}
	EXPECT_NE(NULL, strstr(self->output, "DMA write"));
}

TEST_HARNESS_MAIN
