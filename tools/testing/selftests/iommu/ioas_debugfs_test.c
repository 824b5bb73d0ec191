// SPDX-License-Identifier: GPL-2.0-only
/*
 * What debugfs shows of a context that has no device, also while it changes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "ioas_fixture.h"
#include "lib/dump.h"

#define IOVA 0x100000ULL
/* What threads play with lies above what stays. */
#define PLAYGROUND 0x40000000ULL
#define MANY 2000
#define ROUNDS 100
#define DIR_OF_ALL "/sys/kernel/debug/iommufd"

static int map_prot(struct _test_data_ioas *self, __u64 iova, __u32 prot)
{
	return iommu_map_at(self->fd, self->id, self->memory, self->page, iova,
			    prot);
}

static int map_many(struct _test_data_ioas *self)
{
	int i, rc = 0;

	for (i = 0; i < MANY && !rc; i++)
		rc = map_prot(self, IOVA + 2 * i * self->page, IOMMU_MAP_RW);
	return rc;
}

/*
 * Areas of map_many(), if each is there once, in order, and nothing is out of
 * order above them; else -1
 */
static int count_many(struct _test_data_ioas *self, const char *text)
{
	unsigned long long start, last, end = 0;
	int count = 0;

	for (text = strstr(text, "area "); text;
	     text = strstr(text + 1, "area ")) {
		if (sscanf(text, "area %llx-%llx ", &start, &last) != 2 ||
		    start < end || last <= start)
			return -1;
		end = last + 1;
		if (start >= PLAYGROUND)
			continue;
		if (start != IOVA + 2 * count * self->page)
			return -1;
		count++;
	}
	return count;
}

TEST_F(ioas, dump_is_what_was_mapped)
{
	unsigned long va = (unsigned long)self->memory;
	char path[DUMP_PATH], want[1024], comm[32] = "";
	size_t page = self->page;
	char *text;
	FILE *f;

	f = fopen("/proc/self/comm", "re");
	ASSERT_NE(NULL, f);
	ASSERT_EQ(1, fscanf(f, "%31s", comm));
	fclose(f);
	ASSERT_OK(map_prot(self, 4 * IOVA, IOMMU_IOAS_MAP_WRITEABLE));
	ASSERT_OK(map_prot(self, 2 * IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(iommu_map_at(self->fd, self->id, self->memory, 4 * page, IOVA,
			       IOMMU_MAP_RW));
	ASSERT_OK(iommu_copy_at(self->fd, self->id, 3 * IOVA, self->id,
				IOVA + page, 2 * page, IOMMU_MAP_RW));
	ASSERT_OK(dump_path(self->fd, path));
	snprintf(want, sizeof(want),
		 "context %s: opened by %s/%d\n"
		 "ioas %u: huge pages on\n"
		 "  area %#llx-%#llx rw va %#lx live\n"
		 "  area %#llx-%#llx r- va %#lx live\n"
		 "  area %#llx-%#llx rw va %#lx live\n"
		 "  area %#llx-%#llx -w va %#lx live\n",
		 strrchr(path, '/') + 1, comm, getpid(), self->id,
		 IOVA, IOVA + 4 * page - 1, va,
		 2 * IOVA, 2 * IOVA + page - 1, va,
		 3 * IOVA, 3 * IOVA + 2 * page - 1, va + page,
		 4 * IOVA, 4 * IOVA + page - 1, va);
	text = dump_read(self->fd);
	ASSERT_NE(NULL, text);
	EXPECT_STREQ(want, text);
	free(text);
}

TEST_F(ioas, what_is_unmapped_is_not_shown)
{
	ASSERT_OK(map_prot(self, IOVA, IOMMU_MAP_RW));
	EXPECT_TRUE(dump_has(self->fd, "area 0x100000-"));
	ASSERT_OK(iommu_unmap(self->fd, self->id, IOVA, self->page));
	EXPECT_FALSE(dump_has(self->fd, "area"));
	EXPECT_TRUE(dump_has(self->fd, "ioas %u:", self->id));
	ASSERT_OK(iommu_destroy(self->fd, self->id));
	EXPECT_FALSE(dump_has(self->fd, "\nioas"));
}

TEST_F(ioas, allowed_ranges_are_shown_in_order)
{
	struct iommu_iova_range ranges[] = {
		{ 4 * IOVA, ~0ULL }, { IOVA, 2 * IOVA - 1 },
	};

	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, ranges, 2));
	EXPECT_TRUE(dump_has(self->fd, "  allowed 0x100000-0x1fffff\n"
				       "  allowed 0x400000-%#llx\n", ~0ULL));
	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, NULL, 0));
	EXPECT_FALSE(dump_has(self->fd, "allowed"));
}

TEST_F(ioas, options_are_shown)
{
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				   0));
	EXPECT_TRUE(dump_has(self->fd, "ioas %u: huge pages off\n", self->id));
}

TEST_F(ioas, only_root_can_read)
{
	char path[DUMP_PATH];
	struct stat st;

	ASSERT_OK(dump_path(self->fd, path));
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0400, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
}

TEST_F(ioas, contexts_have_files_of_their_own)
{
	char mine[DUMP_PATH], others[DUMP_PATH];
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(map_prot(self, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(dump_path(self->fd, mine));
	ASSERT_OK(dump_path(other, others));
	EXPECT_STRNE(mine, others);
	EXPECT_FALSE(dump_has(other, "\nioas"));
	close(other);
	EXPECT_EQ(-1, access(others, F_OK));
	EXPECT_EQ(0, access(mine, F_OK));
}

TEST_F(ioas, reader_of_a_closed_context_is_at_the_end)
{
	char path[DUMP_PATH], byte, rest[65536];
	int other = iommu_open(), reader, n, reads = 0;
	__u32 id;

	ASSERT_LE(0, other);
	for (n = 0; n < MANY; n++)
		ASSERT_OK(iommu_ioas_alloc(other, &id));
	ASSERT_OK(dump_path(other, path));
	reader = open(path, O_RDONLY);
	ASSERT_LE(0, reader);
	ASSERT_EQ(1, read(reader, &byte, 1));
	/* If closing waited for the reader, the harness would end the test */
	close(other);
	while ((n = read(reader, rest, sizeof(rest))) > 0)
		reads++;
	EXPECT_EQ(0, n);
	/* No more than what it had got already */
	EXPECT_GE(1, reads);
	close(reader);
}

TEST_F(ioas, short_reads_miss_nothing)
{
	char path[DUMP_PATH], *text;

	ASSERT_OK(map_many(self));
	ASSERT_OK(dump_path(self->fd, path));
	text = dump_read_path(path, 97);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(MANY, count_many(self, text));
	free(text);
}

TEST_F(ioas, forked_reader_sees_the_same)
{
	char path[DUMP_PATH];
	int status;
	pid_t pid;

	ASSERT_OK(map_many(self));
	ASSERT_OK(dump_path(self->fd, path));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		char *text = dump_read_path(path, 4096);

		_exit(!text || count_many(self, text) != MANY);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* A thread that works until it is told to stop */
struct worker {
	pthread_t thread;
	struct _test_data_ioas *self;
	volatile bool stop;
	__u64 iova;
	int rounds;
	int rc;
};

static void *map_and_unmap(void *arg)
{
	struct worker *worker = arg;
	struct _test_data_ioas *self = worker->self;

	do {
		worker->rc = map_prot(self, worker->iova, IOMMU_MAP_RW) ?:
			iommu_unmap(self->fd, self->id, worker->iova,
				    self->page);
		worker->rounds++;
	} while (!worker->stop && !worker->rc);
	return NULL;
}

TEST_F(ioas, what_stays_is_shown_once_while_others_map_and_unmap)
{
	struct worker workers[2] = {
		{ .self = self, .iova = PLAYGROUND },
		{ .self = self, .iova = 2 * PLAYGROUND },
	};
	char path[DUMP_PATH], *text;
	int i;

	ASSERT_OK(map_many(self));
	ASSERT_OK(dump_path(self->fd, path));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL,
					    map_and_unmap, &workers[i]));
	for (i = 0; i < 10; i++) {
		text = dump_read_path(path, 4096);
		ASSERT_NE(NULL, text);
		EXPECT_EQ(MANY, count_many(self, text));
		free(text);
	}
	for (i = 0; i < 2; i++) {
		workers[i].stop = true;
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(0, workers[i].rc);
		EXPECT_LT(0, workers[i].rounds);
	}
}

static void read_all_contexts(struct worker *worker)
{
	char path[DUMP_PATH + 256];
	struct dirent *entry;
	DIR *dir = opendir(DIR_OF_ALL);

	if (!dir) {
		worker->rc = -errno;
		return;
	}
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), DIR_OF_ALL "/%s", entry->d_name);
		/* It may be gone already, and a directory has no text */
		free(dump_read_path(path, 4096));
	}
	closedir(dir);
}

static void *read_until_stopped(void *arg)
{
	struct worker *worker = arg;

	while (!worker->stop && !worker->rc) {
		read_all_contexts(worker);
		worker->rounds++;
	}
	return NULL;
}

TEST_F(ioas, contexts_come_and_go_while_they_are_read)
{
	struct worker workers[2] = {};
	char path[DUMP_PATH];
	__u32 id;
	int i, j, fd;

	ASSERT_OK(dump_path(self->fd, path));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL,
					    read_until_stopped, &workers[i]));
	for (i = 0; i < ROUNDS; i++) {
		fd = iommu_open();
		ASSERT_LE(0, fd);
		for (j = 0; j < 4; j++) {
			ASSERT_OK(iommu_ioas_alloc(fd, &id));
			ASSERT_OK(iommu_map_at(fd, id, self->memory, self->page,
					       IOVA, IOMMU_MAP_RW));
		}
		/* One goes by itself, the others with the context */
		ASSERT_OK(iommu_destroy(fd, id));
		close(fd);
	}
	for (i = 0; i < 2; i++) {
		workers[i].stop = true;
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(0, workers[i].rc);
		EXPECT_LT(0, workers[i].rounds);
	}
}

TEST_HARNESS_MAIN
