// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device's own node: a file of it is inert until it is bound, bound once,
 * and everything is undone when it is closed.
 */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>

#include "hw_cdev_fixture.h"

/* The struct as its longest known version has it */
struct bind_args {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
	__u64 token_uuid_ptr;
	__u64 tail;
};

#define BIND_MIN 16
#define BIND_MAX 24
#define BIND_TOKEN 1

static_assert(offsetof(struct vfio_device_bind_iommufd, flags) == 4, "layout");
static_assert(offsetof(struct vfio_device_bind_iommufd, iommufd) == 8,
	      "layout");
static_assert(offsetof(struct vfio_device_bind_iommufd, out_devid) == 12,
	      "layout");
static_assert(VFIO_DEVICE_BIND_IOMMUFD == 0x3b76, "number");

static int bind_args(struct _test_data_cdev *self, struct bind_args args)
{
	return iommu_ioctl(self->dev.fd, VFIO_DEVICE_BIND_IOMMUFD, &args);
}

TEST_F(cdev, file_gives_no_access_before_bind)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	char byte = 0;
	void *p;

	EXPECT_ERR(EINVAL, iommu_ioctl(self->dev.fd, VFIO_DEVICE_GET_INFO,
				       &info));
	EXPECT_ERR(EINVAL, iommu_ioctl(self->dev.fd, VFIO_DEVICE_RESET, NULL));
	EXPECT_ERR(EINVAL, attach(self));
	EXPECT_ERR(EINVAL, vfio_detach(&self->dev));
	EXPECT_EQ(-1, pread(self->dev.fd, &byte, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->dev.fd, &byte, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	p = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->dev.fd, 0);
	EXPECT_EQ(MAP_FAILED, p);
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(cdev, bound_file_answers)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	__u32 id = 0;

	ASSERT_OK(bind(self));
	ASSERT_OK(iommu_ioctl(self->dev.fd, VFIO_DEVICE_GET_INFO, &info));
	EXPECT_TRUE(info.flags & VFIO_DEVICE_FLAGS_PCI);
	EXPECT_OK(vfio_config_read(&self->dev, 0, &id, sizeof(id)));
	EXPECT_EQ(0x11e81234, id);
	EXPECT_OK(vfio_map_bar(&self->dev, 0));
}

TEST_F(cdev, thirty_two_files_can_be_open)
{
	struct vfio_dev devs[32];
	int i, opened = 0;

	for (i = 0; i < 32; i++)
		opened += !vfio_open(&devs[i], self->pci.name);
	EXPECT_EQ(32, opened);
	EXPECT_OK(vfio_bind(&devs[17], self->iommufd));
	for (i = 0; i < 32; i++)
		vfio_close(&devs[i]);
	EXPECT_OK(bind(self));
}

TEST_F(cdev, second_bind_of_a_file_is_EINVAL)
{
	ASSERT_OK(bind(self));
	EXPECT_ERR(EINVAL, bind(self));
	EXPECT_OK(attach(self));
}

TEST_F(cdev, second_file_can_be_bound_only_after_the_first_is_closed)
{
	struct vfio_dev second;

	ASSERT_OK(vfio_open(&second, self->pci.name));
	ASSERT_OK(bind(self));
	EXPECT_ERR(EINVAL, vfio_bind(&second, self->iommufd));
	vfio_close(&self->dev);
	EXPECT_OK(vfio_bind(&second, self->iommufd));
	vfio_close(&second);
}

TEST_F(cdev, other_context_cannot_bind_the_same_device)
{
	struct vfio_dev second;
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(vfio_open(&second, self->pci.name));
	ASSERT_OK(bind(self));
	EXPECT_ERR(EINVAL, vfio_bind(&second, other));
	EXPECT_OK(attach(self));
	vfio_close(&second);
	close(other);
}

static void *bind_quickly(void *arg)
{
	struct vfio_dev *dev = arg;

	/* bar_size is free here: it carries the context in */
	return (void *)(long)vfio_bind(dev, dev->bar_size[5]);
}

TEST_F(cdev, one_of_two_racing_binds_succeeds)
{
	int round;

	for (round = 0; round < 5; round++) {
		struct vfio_dev devs[2];
		pthread_t threads[2];
		void *rc[2];
		int i;

		for (i = 0; i < 2; i++) {
			ASSERT_OK(vfio_open(&devs[i], self->pci.name));
			devs[i].bar_size[5] = self->iommufd;
			ASSERT_EQ(0, pthread_create(&threads[i], NULL,
						    bind_quickly, &devs[i]));
		}
		for (i = 0; i < 2; i++) {
			pthread_join(threads[i], &rc[i]);
			devs[i].bar_size[5] = 0;
		}
		EXPECT_TRUE((!rc[0] && (long)rc[1] == -EINVAL) ||
			    (!rc[1] && (long)rc[0] == -EINVAL));
		for (i = 0; i < 2; i++)
			vfio_close(&devs[i]);
	}
}

TEST_F(cdev, bind_accepts_every_size_from_the_first_version_on)
{
	int size;

	for (size = BIND_MIN; size <= BIND_MAX + 8; size += 8) {
		struct vfio_dev dev;

		EXPECT_OK(bind_args(self, (struct bind_args){
			.argsz = size, .iommufd = self->iommufd }));
		vfio_close(&self->dev);
		ASSERT_OK(vfio_open(&dev, self->pci.name));
		self->dev = dev;
	}
}

TEST_F(cdev, bind_below_its_first_version_is_EINVAL)
{
	EXPECT_ERR(EINVAL, bind_args(self, (struct bind_args){
		.argsz = BIND_MIN - 1, .iommufd = self->iommufd }));
	EXPECT_ERR(EINVAL, bind_args(self, (struct bind_args){
		.argsz = 0, .iommufd = self->iommufd }));
}

TEST_F(cdev, bind_with_a_nonzero_tail_is_E2BIG)
{
	EXPECT_ERR(E2BIG, bind_args(self, (struct bind_args){
		.argsz = sizeof(struct bind_args), .iommufd = self->iommufd,
		.tail = 1 }));
}

TEST_F(cdev, bind_with_an_unknown_flag_is_EINVAL)
{
	int bit;

	for (bit = 1; bit < 32; bit++) {
		EXPECT_ERR(EINVAL, bind_args(self, (struct bind_args){
			.argsz = BIND_MIN, .flags = 1u << bit,
			.iommufd = self->iommufd }));
	}
}

TEST_F(cdev, token_for_a_device_that_needs_none_is_EINVAL)
{
	EXPECT_ERR(EINVAL, bind_args(self, (struct bind_args){
		.argsz = BIND_MAX, .flags = BIND_TOKEN,
		.iommufd = self->iommufd,
		.token_uuid_ptr = (uintptr_t)self->memory }));
}

TEST_F(cdev, bind_to_what_is_no_context_fails)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, null);
	EXPECT_ERR(EINVAL, vfio_bind(&self->dev, -1));
	EXPECT_ERR(EBADF, vfio_bind(&self->dev, 1000));
	EXPECT_ERR(EBADFD, vfio_bind(&self->dev, null));
	EXPECT_ERR(EBADFD, vfio_bind(&self->dev, self->dev.fd));
	EXPECT_OK(bind(self));
	close(null);
}

TEST_F(cdev, bind_that_cannot_be_read_is_EFAULT)
{
	EXPECT_ERR(EFAULT, iommu_ioctl(self->dev.fd, VFIO_DEVICE_BIND_IOMMUFD,
				       NULL));
}

TEST_F(cdev, bind_whose_answer_cannot_be_written_is_undone)
{
	struct bind_args args = { .argsz = BIND_MIN,
				  .iommufd = self->iommufd };
	int other = iommu_open();

	ASSERT_LE(0, other);
	EXPECT_ERR(EFAULT, ioctl_read_only(self, VFIO_DEVICE_BIND_IOMMUFD,
					   &args, BIND_MIN));
	/* Neither the file nor the group belongs to anyone */
	EXPECT_OK(vfio_bind(&self->dev, other));
	close(other);
}

TEST_F(cdev, close_undoes_bind_and_attach)
{
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(bind(self));
	ASSERT_OK(attach(self));
	EXPECT_ERR(EBUSY, iommu_destroy(self->iommufd, self->ioas_id));
	vfio_close(&self->dev);
	EXPECT_OK(iommu_destroy(self->iommufd, self->ioas_id));
	EXPECT_ERR(ENOENT, iommu_destroy(self->iommufd, self->dev.dev_id));
	ASSERT_OK(vfio_open(&self->dev, self->pci.name));
	EXPECT_OK(vfio_bind(&self->dev, other));
	vfio_close(&self->dev);
	close(other);
}

TEST_F(cdev, mapped_registers_keep_the_device_bound)
{
	struct vfio_dev second;
	void *bar;

	ASSERT_OK(bind(self));
	ASSERT_OK(vfio_map_bar(&self->dev, 0));
	bar = self->dev.bar[0];
	close(self->dev.fd);
	self->dev.fd = -1;
	ASSERT_OK(vfio_open(&second, self->pci.name));
	EXPECT_ERR(EINVAL, vfio_bind(&second, self->iommufd));
	ASSERT_EQ(0, munmap(bar, self->dev.bar_size[0]));
	self->dev.bar_size[0] = 0;
	EXPECT_OK(vfio_bind(&second, self->iommufd));
	vfio_close(&second);
}

TEST_F(cdev, bound_file_lives_on_in_a_forked_child)
{
	struct vfio_dev second;
	int go[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_OK(bind(self));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) != 0);
	}
	vfio_close(&self->dev);
	ASSERT_OK(vfio_open(&second, self->pci.name));
	EXPECT_ERR(EINVAL, vfio_bind(&second, self->iommufd));
	close(go[0]);
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_OK(vfio_bind(&second, self->iommufd));
	vfio_close(&second);
}

TEST_F(cdev, inert_file_does_not_hold_the_driver)
{
	/* If it did, this would wait until the harness ends the test */
	ASSERT_OK(pci_unbind_driver(self->pci.name));
	EXPECT_ERR(ENODEV, bind(self));
	ASSERT_OK(pci_probe_with(self->pci.name, "vfio-pci"));
	EXPECT_ERR(ENODEV, bind(self));
	vfio_close(&self->dev);
	ASSERT_OK(vfio_open(&self->dev, self->pci.name));
	EXPECT_OK(bind(self));
}

TEST_F(cdev, node_goes_with_the_driver)
{
	char path[256];
	int fd;

	ASSERT_OK(vfio_cdev_path(self->pci.name, path, sizeof(path)));
	vfio_close(&self->dev);
	ASSERT_OK(pci_unbind_driver(self->pci.name));
	fd = open(path, O_RDWR | O_CLOEXEC);
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(ENOENT, errno);
	ASSERT_OK(pci_probe_with(self->pci.name, "vfio-pci"));
}

TEST_F(cdev, fdinfo_names_the_device)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->dev.fd);
	f = fopen(path, "re");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "vfio-device-syspath:", 20))
			found = strstr(line, self->pci.name);
	}
	fclose(f);
	EXPECT_TRUE(found);
}

TEST_HARNESS_MAIN
