// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace events of devices: what happens to them, and why they are refused.
 */
#include "hw_dma_fixture.h"
#include "lib/fdinfo.h"
#include "lib/trace.h"

/* From trace_start(), the context's number, and the events since the last time */
static int traced;
static long long context;
static char told[TRACE_TEXT];

static void __attribute__((destructor)) after_all_tests(void)
{
	trace_remove();
}

static int start(struct _test_data_dma *self)
{
	context = fdinfo_value(self->hw.iommufd, "context");
	traced = trace_start();
	return traced < 0 ? traced : 0;
}

#define REFUSE(rc, reason) "refuse: rc=" #rc " reason=\"" reason "\"\n"

#define EXPECT_TOLD(fmt, ...) do { \
	char want[TRACE_TEXT]; \
	snprintf(want, sizeof(want), fmt, ##__VA_ARGS__); \
	EXPECT_OK(trace_take(traced, told)); \
	EXPECT_STREQ(want, told); \
} while (0)

static bool begins_with(const char *events)
{
	return !strncmp(told, events, strlen(events));
}

/* The start of a range that no device can be given */
static __u64 reserved_iova(struct _test_data_dma *self)
{
	struct iommu_iova_range ranges[8];
	__u32 num = 8;
	__u64 alignment;

	if (iommu_iova_ranges(self->hw.iommufd, self->hw.ioas_id, ranges, &num,
			      &alignment))
		return 0;
	return ranges[0].last + 1;
}

TEST_F(dma, attach_pin_and_detach_are_told)
{
	__u32 pt_id = self->hw.ioas_id;

	ASSERT_OK(start(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	ASSERT_OK(vfio_attach_pt(&self->hw.vfio, &pt_id));
	EXPECT_TOLD("pin: va=%#lx npages=1 charged=0\n"
		    "attach: context=%lld device=%u %s hwpt=%u\n",
		    (unsigned long)self->src, context, self->hw.vfio.dev_id,
		    self->hw.pci.name, pt_id);
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	EXPECT_TOLD("detach: context=%lld device=%u %s hwpt=%u\n"
		    "unpin: va=%#lx npages=1 charged=0\n",
		    context, self->hw.vfio.dev_id, self->hw.pci.name, pt_id,
		    (unsigned long)self->src);
}

TEST_F(dma, replace_is_told)
{
	__u32 pt_id;

	ASSERT_OK(start(self));
	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &pt_id));
	ASSERT_OK(attach(self));
	EXPECT_OK(trace_take(traced, told));
	ASSERT_OK(vfio_attach_pt(&self->hw.vfio, &pt_id));
	EXPECT_TOLD("replace: context=%lld device=%u %s hwpt=%u\n", context,
		    self->hw.vfio.dev_id, self->hw.pci.name, pt_id);
}

TEST_F(dma, bind_and_unbind_are_told)
{
	__u32 dev_id = self->hw.vfio.dev_id;

	ASSERT_OK(start(self));
	vfio_close(&self->hw.vfio);
	EXPECT_TOLD("unbind: context=%lld device=%u %s\n", context, dev_id,
		    self->hw.pci.name);
	ASSERT_OK(vfio_open(&self->hw.vfio, self->hw.pci.name));
	ASSERT_OK(vfio_bind(&self->hw.vfio, self->hw.iommufd));
	EXPECT_TOLD("bind: context=%lld device=%u %s\n", context,
		    self->hw.vfio.dev_id, self->hw.pci.name);
}

TEST_F(dma, memory_that_two_areas_share_is_told_once)
{
	ASSERT_OK(start(self));
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	ASSERT_OK(iommu_copy_at(self->hw.iommufd, self->hw.ioas_id, FAR_AWAY,
				self->hw.ioas_id, IOVA, self->page,
				IOMMU_MAP_RW));
	ASSERT_OK(unmap(self, IOVA));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_EQ(NULL, strstr(told, "pin:"));
	ASSERT_OK(unmap(self, FAR_AWAY));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_NE(NULL, strstr(told, "unpin: "));
}

TEST_F(dma, refused_attach_tells_one_reason)
{
	__u32 pt_id = self->hw.vfio.dev_id;

	ASSERT_OK(start(self));
	EXPECT_ERR(ENOENT, vfio_attach(&self->hw.vfio, 0xffffff));
	EXPECT_TOLD(REFUSE(-2, "no such object"));
	EXPECT_ERR(EINVAL, vfio_attach(&self->hw.vfio, pt_id));
	EXPECT_TOLD(REFUSE(-22, "neither address space nor page table"));
}

TEST_F(dma, reserved_iovas_are_the_reason)
{
	__u64 iova;

	ASSERT_OK(start(self));
	ASSERT_OK(attach(self));
	iova = reserved_iova(self);
	ASSERT_NE(0, iova);
	EXPECT_OK(trace_take(traced, told));
	EXPECT_ERR(EINVAL, map(self, self->src, iova, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_TRUE(begins_with(REFUSE(-22, "IOVAs are reserved")
				"command_failed: "));

	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(map(self, self->src, iova, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_ERR(EADDRINUSE, attach(self));
	EXPECT_TOLD(REFUSE(-98, "hardware reserves IOVAs in use"));
}

TEST_F(dma, what_an_attached_device_forbids_is_told)
{
	struct iommu_iova_range range;

	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	range.start = reserved_iova(self);
	range.last = range.start + self->page - 1;
	ASSERT_OK(start(self));
	EXPECT_ERR(EBUSY, iommu_destroy(self->hw.iommufd, self->hw.ioas_id));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_TRUE(begins_with(REFUSE(-16, "object is in use")
				"command_failed: "));
	EXPECT_ERR(EADDRINUSE, iommu_allow_iovas(self->hw.iommufd,
						 self->hw.ioas_id, &range, 1));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_TRUE(begins_with(REFUSE(-98, "IOVAs are reserved")
				"command_failed: "));
	EXPECT_ERR(EINVAL, iommu_option_set(self->hw.iommufd,
					    IOMMU_OPTION_HUGE_PAGES,
					    self->hw.ioas_id, 0));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_TRUE(begins_with(REFUSE(-22, "mappings are in hardware")
				"command_failed: "));
}

TEST_F(dma, memory_that_cannot_be_pinned_is_the_reason)
{
	ASSERT_OK(start(self));
	ASSERT_OK(map(self, NULL, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_ERR(EFAULT, attach(self));
	EXPECT_TOLD(REFUSE(-14, "memory cannot be pinned"));
}

TEST_F(dma, process_that_is_gone_is_the_reason)
{
	int status;
	pid_t pid;

	ASSERT_OK(start(self));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-map(self, self->src, IOVA, IOMMU_MAP_RW));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_ERR(EFAULT, attach(self));
	EXPECT_TOLD(REFUSE(-14, "process of the memory is gone"));
}

TEST_F(dma, limit_on_locked_memory_is_the_reason)
{
	ASSERT_OK(start(self));
	ASSERT_OK(attach(self));
	ASSERT_OK(limit_pages(1));
	ASSERT_OK(map(self, self->src, IOVA, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_NE(NULL, strstr(told, "charged=1\n"));
	EXPECT_ERR(ENOMEM, map(self, self->dst, FAR_AWAY, IOMMU_MAP_RW));
	EXPECT_OK(trace_take(traced, told));
	EXPECT_TRUE(begins_with(REFUSE(-12, "over RLIMIT_MEMLOCK of the user")
				"command_failed: "));
}

TEST_HARNESS_MAIN
