// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the guest's ways to control caches have any effect, which KVM decides
 * by the devices that it was told of.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/hw.h"
#include "lib/kvm.h"

#ifdef __x86_64__
/* A processor of the guest, which has one page of memory: a HLT */
struct cpu {
	int fd;
	struct kvm_run *run;
	size_t run_size;
	char *memory;
};

#define CODE 0x1000
#define HLT 0xf4

static int cpu_set_registers(struct cpu *cpu)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(cpu->fd, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(cpu->fd, KVM_SET_SREGS, &sregs))
		return -errno;
	return ioctl(cpu->fd, KVM_SET_REGS, &regs) ? -errno : 0;
}

static int cpu_create(struct cpu *cpu, struct kvm_vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = CODE,
		.memory_size = mem_page_size(),
	};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	cpu->run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	close(kvm);
	cpu->memory = mem_alloc(region.memory_size);
	if (!cpu->memory)
		return -ENOMEM;
	cpu->memory[0] = HLT;
	region.userspace_addr = (uintptr_t)cpu->memory;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		return -errno;
	cpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (cpu->fd < 0)
		return -errno;
	cpu->run = mmap(NULL, cpu->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			cpu->fd, 0);
	return cpu->run == MAP_FAILED ? -errno : 0;
}

static void cpu_destroy(struct cpu *cpu)
{
	munmap(cpu->run, cpu->run_size);
	close(cpu->fd);
	mem_free(cpu->memory, mem_page_size());
}

/* Execute the HLT, for which its page has to be in the guest's page table */
static int cpu_run(struct cpu *cpu)
{
	int rc = cpu_set_registers(cpu);

	if (rc)
		return rc;
	if (ioctl(cpu->fd, KVM_RUN, 0))
		return -errno;
	return cpu->run->exit_reason == KVM_EXIT_HLT ? 0 : -EPROTO;
}

/* Say how memory is cached that no MTRR is for, in MTRRdefType */
static int cpu_set_caching(struct cpu *cpu, unsigned int type)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {
		.head.nmsrs = 1,
		.entry = { .index = 0x2ff, .data = 0x800 | type },
	};

	return ioctl(cpu->fd, KVM_SET_MSRS, &msrs.head) == 1 ? 0 : -EINVAL;
}

/*
 * Does KVM care how the guest has its memory cached? Then it drops the page
 * table, which depends on that, when the guest changes it.
 */
static int cares_for_caches(struct kvm_vm *vm, struct cpu *cpu)
{
	int rc = cpu_set_caching(cpu, 6) ?: cpu_run(cpu);

	if (rc)
		return rc;
	if (kvm_stat(vm, "pages_4k") < 1)
		return -ENXIO;
	rc = cpu_set_caching(cpu, 0);
	return rc ?: kvm_stat(vm, "pages_4k") == 0;
}

/* The IOMMU says in its extended capabilities whether it has snoop control */
static int has_snoop_control(struct pci_dev *pci)
{
	unsigned long long ecap;
	char path[128];
	FILE *f;
	int rc;

	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/iommu/intel-iommu/ecap", pci->name);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	rc = fscanf(f, "%llx", &ecap) == 1 ? !!(ecap & 0x80) : -EIO;
	fclose(f);
	return rc;
}

/* An edu with vfio-pci, its file open but not bound, and a virtual machine */
FIXTURE(caches)
{
	struct pci_dev pci;
	struct vfio_dev dev;
	struct kvm_vm vm;
	struct cpu cpu;
	int iommufd;
	int has_control;
};

FIXTURE_SETUP(caches)
{
	self->dev.fd = -1;
	if (kvm_missing())
		SKIP_FROM_SETUP("no virtual machines here");
	if (pci_find(PCI_ID_EDU, PCI_ALONE, 0, &self->pci))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	self->has_control = has_snoop_control(&self->pci);
	if (self->has_control < 0)
		SKIP_FROM_SETUP("not VT-d");
	self->iommufd = iommu_open();
	ASSERT_LE(0, self->iommufd);
	ASSERT_OK(kvm_create(&self->vm));
	ASSERT_OK(cpu_create(&self->cpu, &self->vm));
	ASSERT_OK(pci_take(&self->pci));
	ASSERT_OK(vfio_open(&self->dev, self->pci.name)) {
		pci_give_back(&self->pci);
	}
}

FIXTURE_TEARDOWN(caches)
{
	cpu_destroy(&self->cpu);
	kvm_close(&self->vm);
	vfio_close(&self->dev);
	close(self->iommufd);
	pci_give_back(&self->pci);
}

TEST_F(caches, are_not_the_guests_without_a_device)
{
	EXPECT_EQ(0, cares_for_caches(&self->vm, &self->cpu));
}

TEST_F(caches, are_the_guests_when_the_iommu_does_not_control_them)
{
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	EXPECT_EQ(!self->has_control,
		  cares_for_caches(&self->vm, &self->cpu));
	ASSERT_OK(vfio_bind(&self->dev, self->iommufd));
	EXPECT_EQ(!self->has_control,
		  cares_for_caches(&self->vm, &self->cpu));
}

TEST_F(caches, are_not_the_guests_after_the_last_device)
{
	struct vfio_dev second;

	ASSERT_OK(vfio_open(&second, self->pci.name));
	ASSERT_OK(kvm_add(&self->vm, self->dev.fd));
	ASSERT_OK(kvm_add(&self->vm, second.fd));
	ASSERT_OK(kvm_del(&self->vm, self->dev.fd));
	EXPECT_EQ(!self->has_control,
		  cares_for_caches(&self->vm, &self->cpu));
	ASSERT_OK(kvm_del(&self->vm, second.fd));
	EXPECT_EQ(0, cares_for_caches(&self->vm, &self->cpu));
	vfio_close(&second);
}
#endif

TEST_HARNESS_MAIN
