// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which address space a real device's copies go to, from bind to close: none,
 * one, another one, and what is left when its process goes away.
 */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "hw_dma_fixture.h"
#include "lib/limit.h"

#define RACE_SECONDS 3

TEST_F(dma, bound_device_that_is_not_attached_reaches_nothing)
{
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, detached_device_reaches_nothing)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, device_can_attach_again_after_detach)
{
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(attach(self));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, replace_moves_dma_to_the_other_space)
{
	struct hw *hw = &self->hw;
	__u32 other_ioas;

	ASSERT_OK(iommu_ioas_alloc(hw->iommufd, &other_ioas));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->spare, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(hw->iommufd, other_ioas, self->dst, self->page,
			       FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(vfio_attach(&hw->vfio, other_ioas));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_TRUE(is_zero(self->spare));
	/* What is only in the first space is out of reach now */
	ASSERT_OK(store(self, IOVA));
	EXPECT_TRUE(mem_is_filled(self->src, EDU_BUFFER_SIZE, 1));
	EXPECT_ERR(EBUSY, iommu_destroy(hw->iommufd, other_ioas));
	EXPECT_OK(iommu_destroy(hw->iommufd, hw->ioas_id));
}

TEST_F(dma, page_table_is_kept_while_no_device_is_attached)
{
	struct hw *hw = &self->hw;
	__u32 hwpt;

	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(iommu_hwpt_alloc(hw->iommufd, hw->vfio.dev_id, hw->ioas_id,
				   &hwpt));
	ASSERT_OK(vfio_attach(&hw->vfio, hwpt));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(vfio_detach(&hw->vfio));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(is_zero(self->dst));
	ASSERT_OK(vfio_attach(&hw->vfio, hwpt));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_ERR(EBUSY, iommu_destroy(hw->iommufd, hwpt));
	ASSERT_OK(vfio_detach(&hw->vfio));
	EXPECT_OK(iommu_destroy(hw->iommufd, hwpt));
}

TEST_F(dma, replace_that_fails_leaves_the_old_space)
{
	struct hw *hw = &self->hw;
	__u32 bad;

	ASSERT_OK(iommu_ioas_alloc(hw->iommufd, &bad));
	ASSERT_OK(iommu_map_at(hw->iommufd, bad, NULL, self->page, IOVA,
			       IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_ERR(EFAULT, vfio_attach(&hw->vfio, bad));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
	EXPECT_OK(iommu_destroy(hw->iommufd, bad));
}

TEST_F(dma, two_devices_share_one_space)
{
	struct hw second;

	if (hw_missing(1))
		SKIP(return, "no second edu device alone in its IOMMU group");
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(attach(self));
	ASSERT_OK(hw_up(&second, 1)) {
		hw_down(&second);
	}
	EXPECT_OK(hw_join(&second, self->hw.iommufd, self->hw.ioas_id));
	/* Mapped after both have attached: has to reach both */
	EXPECT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_OK(edu_load(&second.edu, IOVA, EDU_BUFFER_SIZE));
	EXPECT_OK(edu_store(&second.edu, FAR_AWAY, EDU_BUFFER_SIZE));
	EXPECT_TRUE(same(self->src, self->dst));
	hw_down(&second);

	/* The one that is left still works */
	memset(self->dst, 0, self->page);
	EXPECT_OK(load(self, IOVA));
	EXPECT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

TEST_F(dma, close_with_live_mappings_ends_access)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	edu_start(&self->hw.edu, EDU_TO_MEMORY, FAR_AWAY, 0, EDU_BUFFER_SIZE);
	vfio_close(&self->hw.vfio);
	close(self->hw.iommufd);
	self->hw.iommufd = -1;
	/* The copy may have been quick; from here on nothing changes */
	mem_fill(self->dst, EDU_BUFFER_SIZE, 6);
	usleep(300000);
	EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 6));
}

TEST_F(dma, context_closed_first_works_until_the_device_is_closed)
{
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	close(self->hw.iommufd);
	self->hw.iommufd = -1;
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

/* In a child: start a copy to @iova and wait to be killed */
static void copy_and_wait(struct _test_data_dma *self, int ready)
{
	char byte = 0;

	if (hw_reopen(&self->hw) || attach(self) ||
	    map(self, self->src, IOVA, IOMMU_MAP_RW) ||
	    map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW) || load(self, IOVA))
		_exit(1);
	edu_start(&self->hw.edu, EDU_TO_MEMORY, FAR_AWAY, 0, EDU_BUFFER_SIZE);
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST_F(dma, process_killed_in_mid_dma_leaves_a_usable_device)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	vfio_close(&self->hw.vfio);
	close(self->hw.iommufd);
	self->hw.iommufd = -1;
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		copy_and_wait(self, ready[1]);
	close(ready[1]);
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));

	/* With the process its access ends, whatever the device still does */
	mem_fill(self->dst, EDU_BUFFER_SIZE, 7);
	usleep(300000);
	EXPECT_TRUE(mem_is_filled(self->dst, EDU_BUFFER_SIZE, 7));

	ASSERT_OK(hw_reopen(&self->hw));
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
	close(ready[0]);
}

/* Map and unmap our pages in a space, in pieces, until the time is over */
struct mapper {
	pthread_t thread;
	struct _test_data_dma *self;
	__u32 ioas_id;
	__u64 iova;
	time_t deadline;
	long rounds;
	int wrong;	/* an errno that has no business here */
};

static void *map_all_the_time(void *arg)
{
	struct mapper *mapper = arg;
	struct _test_data_dma *self = mapper->self;
	int fd = self->hw.iommufd;

	while (time(NULL) < mapper->deadline && !mapper->wrong) {
		mapper->wrong = iommu_map_at(fd, mapper->ioas_id, self->src,
					     4 * self->page, mapper->iova,
					     IOMMU_MAP_RW);
		if (mapper->wrong)
			break;
		mapper->wrong = iommu_unmap(fd, mapper->ioas_id, mapper->iova,
					    4 * self->page);
		mapper->rounds++;
	}
	return NULL;
}

TEST_F(dma, attach_and_map_may_race)
{
	struct hw *hw = &self->hw;
	time_t deadline = time(NULL) + RACE_SECONDS;
	struct mapper mappers[3];
	__u32 second;
	int i;

	/* What is pinned twice or never unpinned shows in the account */
	ASSERT_OK(limit_pages(64));
	ASSERT_OK(iommu_ioas_alloc(hw->iommufd, &second));
	for (i = 0; i < 3; i++) {
		mappers[i] = (struct mapper) {
			.self = self,
			.ioas_id = i == 2 ? second : hw->ioas_id,
			.iova = IOVA + i * MEM_2M,
			.deadline = deadline,
		};
		ASSERT_EQ(0, pthread_create(&mappers[i].thread, NULL,
					    map_all_the_time, &mappers[i]));
	}
	while (time(NULL) < deadline) {
		EXPECT_OK(vfio_attach(&hw->vfio, hw->ioas_id));
		EXPECT_OK(vfio_attach(&hw->vfio, second));
		EXPECT_OK(vfio_detach(&hw->vfio));
	}
	for (i = 0; i < 3; i++) {
		pthread_join(mappers[i].thread, NULL);
		EXPECT_EQ(0, mappers[i].wrong);
		EXPECT_LT(0, mappers[i].rounds);
	}
	EXPECT_EQ(0, mem_pinned_pages());

	/* And it still works */
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(load(self, IOVA));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->dst));
}

static void *alloc_and_destroy(void *arg)
{
	struct mapper *mapper = arg;
	int fd = mapper->self->hw.iommufd;

	while (time(NULL) < mapper->deadline && !mapper->wrong) {
		__u32 ioas_id = 0;
		int rc;

		mapper->wrong = iommu_ioas_alloc(fd, &ioas_id);
		if (mapper->wrong)
			break;
		__atomic_store_n(&mapper->ioas_id, ioas_id, __ATOMIC_RELAXED);
		do {
			rc = iommu_destroy(fd, ioas_id);
		} while (rc == -EBUSY && time(NULL) <= mapper->deadline);
		if (rc && rc != -EBUSY)
			mapper->wrong = rc;
		mapper->rounds++;
	}
	return NULL;
}

TEST_F(dma, attach_and_destroy_may_race)
{
	struct mapper mapper = {
		.self = self,
		.deadline = time(NULL) + RACE_SECONDS,
	};
	int attached = 0;

	ASSERT_EQ(0, pthread_create(&mapper.thread, NULL, alloc_and_destroy,
				    &mapper));
	while (time(NULL) < mapper.deadline) {
		__u32 ioas_id = __atomic_load_n(&mapper.ioas_id,
						__ATOMIC_RELAXED);
		int rc = vfio_attach(&self->hw.vfio, ioas_id);

		if (rc)
			EXPECT_ERR(ENOENT, rc);
		attached += !rc;
		EXPECT_OK(vfio_detach(&self->hw.vfio));
	}
	pthread_join(mapper.thread, NULL);
	EXPECT_EQ(0, mapper.wrong);
	EXPECT_LT(0, mapper.rounds);
	TH_LOG("attached %d times in %ld lives", attached, mapper.rounds);
	EXPECT_OK(attach(self));
}

TEST_HARNESS_MAIN
