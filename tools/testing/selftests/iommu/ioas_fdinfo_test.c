// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fdinfo tells of a context that has no device.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "ioas_fixture.h"
#include "lib/fdinfo.h"

#define IOVA 0x100000ULL
#define ROUNDS 500
#define THREADS 2

static int map_at(struct _test_data_ioas *self, __u64 iova, int npages)
{
	return iommu_map_at(self->fd, self->id, self->memory,
			    npages * self->page, iova, IOMMU_MAP_RW);
}

/* Areas and the pages that they cover are this many */
#define EXPECT_MAPPED(_areas, _npages) do { \
	EXPECT_EQ(_areas, fdinfo_value(self->fd, "areas")); \
	EXPECT_EQ((_npages) * (long long)self->page, \
		  fdinfo_value(self->fd, "mapped")); \
} while (0)

TEST_F(ioas, every_line_is_there_and_in_order)
{
	static const char * const lines[] = {
		"iommufd-ioas:\t1\n", "iommufd-hwpt:\t0\n",
		"iommufd-device:\t0\n", "iommufd-areas:\t0\n",
		"iommufd-mapped:\t0 B\n", "iommufd-pinned:\t0 B\n",
		"iommufd-charged:\t0 B\n", "iommufd-tables:\t0 B\n",
		"iommufd-charged-to:\tuser\n",
	};
	const char *at;
	char text[4096];
	unsigned int i;

	ASSERT_OK(fdinfo_read(getpid(), self->fd, text, sizeof(text)));
	for (at = text, i = 0; i < ARRAY_SIZE(lines); i++) {
		at = strstr(at, lines[i]);
		ASSERT_NE(NULL, at) {
			TH_LOG("no %sin this place:\n%s", lines[i], text);
		}
	}
}

TEST_F(ioas, spaces_count_until_they_are_destroyed)
{
	__u32 second, third;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &second));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &third));
	EXPECT_EQ(3, fdinfo_value(self->fd, "ioas"));
	ASSERT_OK(iommu_destroy(self->fd, second));
	EXPECT_EQ(2, fdinfo_value(self->fd, "ioas"));
	ASSERT_OK(iommu_destroy(self->fd, third));
	ASSERT_OK(iommu_destroy(self->fd, self->id));
	EXPECT_EQ(0, fdinfo_value(self->fd, "ioas"));
}

TEST_F(ioas, space_that_was_not_made_does_not_count)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd), .flags = 1 };
	void *read_only = mem_alloc(self->page);

	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_IOAS_ALLOC, &cmd));
	/* Fails when the answer is written, with everything else done */
	ASSERT_NE(NULL, read_only);
	cmd.flags = 0;
	memcpy(read_only, &cmd, sizeof(cmd));
	ASSERT_EQ(0, mprotect(read_only, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_IOAS_ALLOC, read_only));
	EXPECT_EQ(1, fdinfo_value(self->fd, "ioas"));
	mem_free(read_only, self->page);
}

TEST_F(ioas, map_and_unmap_are_followed)
{
	ASSERT_OK(map_at(self, IOVA, 1));
	EXPECT_MAPPED(1, 1);
	ASSERT_OK(map_at(self, 2 * IOVA, 3));
	EXPECT_MAPPED(2, 4);
	ASSERT_OK(iommu_unmap(self->fd, self->id, IOVA, self->page));
	EXPECT_MAPPED(1, 3);
	ASSERT_OK(iommu_unmap_all(self->fd, self->id));
	EXPECT_MAPPED(0, 0);
}

TEST_F(ioas, copy_is_an_area_of_its_own)
{
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(map_at(self, IOVA, 4));
	ASSERT_OK(iommu_copy_at(self->fd, other, IOVA, self->id, IOVA,
				3 * self->page, IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->fd, self->id, 2 * IOVA, self->id, IOVA,
				self->page, IOMMU_MAP_RW));
	EXPECT_MAPPED(3, 8);
	ASSERT_OK(iommu_unmap_all(self->fd, self->id));
	EXPECT_MAPPED(1, 3);
}

TEST_F(ioas, refused_map_and_copy_do_not_count)
{
	__u64 iova;

	ASSERT_OK(map_at(self, IOVA, 2));
	EXPECT_ERR(EEXIST, map_at(self, IOVA + self->page, 1));
	EXPECT_ERR(EINVAL, map_at(self, 2 * IOVA, 0));
	EXPECT_ERR(ENOENT, iommu_copy(self->fd, self->id, &iova, self->id,
				      IOVA, 3 * self->page, IOMMU_MAP_RW));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->id, IOVA, self->page));
	EXPECT_MAPPED(1, 2);
}

TEST_F(ioas, destroyed_space_takes_its_areas_along)
{
	ASSERT_OK(map_at(self, IOVA, 1));
	ASSERT_OK(map_at(self, 2 * IOVA, 2));
	ASSERT_OK(iommu_destroy(self->fd, self->id));
	EXPECT_MAPPED(0, 0);
}

TEST_F(ioas, nothing_is_pinned_without_a_device)
{
	ASSERT_OK(map_at(self, IOVA, 4));
	EXPECT_EQ(0, fdinfo_value(self->fd, "pinned"));
	EXPECT_EQ(0, fdinfo_value(self->fd, "charged"));
}

TEST_F(ioas, contexts_count_apart)
{
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(map_at(self, IOVA, 1));
	EXPECT_EQ(0, fdinfo_value(other, "ioas"));
	EXPECT_EQ(0, fdinfo_value(other, "areas"));
	close(other);
}

TEST_F(ioas, who_pays_follows_the_option)
{
	char word[16];

	ASSERT_OK(iommu_destroy(self->fd, self->id));
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1));
	ASSERT_OK(fdinfo_word(self->fd, "charged-to", word, sizeof(word)));
	EXPECT_STREQ("process", word);
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_RLIMIT_MODE, 0, 0));
	ASSERT_OK(fdinfo_word(self->fd, "charged-to", word, sizeof(word)));
	EXPECT_STREQ("user", word);
}

TEST_F(ioas, other_process_reads_the_same)
{
	int status;
	pid_t pid;

	ASSERT_OK(map_at(self, IOVA, 2));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = self->fd;

		close(fd);
		_exit(fdinfo_value_of(getppid(), fd, "areas") != 1 ||
		      fdinfo_value_of(getppid(), fd, "mapped") !=
			      2 * (long long)self->page);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

static void *map_and_unmap(void *arg)
{
	struct _test_data_ioas *self = arg;
	__u64 iova;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (iommu_map(self->fd, self->id, self->memory, self->page,
			      &iova, IOMMU_MAP_RW) ||
		    iommu_unmap(self->fd, self->id, iova, self->page))
			return arg;
	}
	return NULL;
}

TEST_F(ioas, nothing_is_left_of_racing_maps)
{
	pthread_t threads[THREADS];
	long long areas;
	void *failed;
	int i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, map_and_unmap,
					    self));
	for (i = 0; i < ROUNDS; i++) {
		areas = fdinfo_value(self->fd, "areas");
		EXPECT_LE(0, areas);
		EXPECT_GE(THREADS, areas);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		EXPECT_EQ(NULL, failed);
	}
	EXPECT_MAPPED(0, 0);
}

TEST_HARNESS_MAIN
