#include "testing/fleet.hpp"

#include <fmt/format.h>

#include <array>

#include "base/checksum.hpp"
#include "testing/facts.hpp"

namespace npg::testing {
namespace {

struct Known {
  std::string_view name;
  std::string_view path;
  std::string_view company;
};
constexpr std::array<Known, 7> known = {
    {{"RDPNP", "%SystemRoot%\\System32\\drprov.dll", "Microsoft Corporation"},
     {"LanmanWorkstation", "%SystemRoot%\\System32\\ntlanman.dll", "Microsoft Corporation"},
     {"WebClient", "%SystemRoot%\\System32\\davclnt.dll", "Microsoft Corporation"},
     {"P9NP", "%SystemRoot%\\System32\\p9np.dll", "Microsoft Corporation"},
     {"vmhgfs", "%SystemRoot%\\System32\\vmhgfs.dll", "VMware, Inc."},
     {"PnSson", "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll",
      "Citrix Systems, Inc."},
     {"SnacNp", "C:\\Program Files\\Symantec\\SnacNp.dll", "Symantec Corporation"}}};

KeySecurity default_security() {
  return {.control = 0x8004,
          .owner = std::string_view("S-1-5-18"),
          .group = std::string_view("S-1-5-18"),
          .has_dacl = true,
          .dacl = {{.flags = 0x12, .mask = 0xf003f, .sid = std::string_view("S-1-5-32-544")},
                   {.flags = 0x12, .mask = 0x20019, .sid = std::string_view("S-1-5-32-545")}}};
}

void add_key(HostFacts& host, std::string_view path, std::uint64_t offset) {
  host.facts.keys.push_back({.key = path,
                             .control_set = 1,
                             .control_set_is_current = true,
                             .last_written = at("2026-03-01T08:00:00Z"),
                             .security = default_security(),
                             .origin = {.offset = offset, .length = 0x60}});
}

void add_image(HostFacts& host, const Known& product, std::string_view version,
               std::uint64_t offset) {
  std::string path(product.path);
  if (path.starts_with("%SystemRoot%")) {
    path = "C:\\Windows" + path.substr(12);
  }
  const std::string what = fmt::format("{} {}", path, version);
  host.facts.images.push_back(
      {.windows_path = std::string_view(path),
       .sha256 = sha256_hex(bytes_of(what)),
       .size_bytes = 90'000,
       .machine = "x64",
       .is_dll = true,
       .company = product.company,
       .original_filename = std::string_view(path).substr(path.rfind('\\') + 1),
       .file_version = version,
       .has_version = true,
       .origin = {.offset = offset, .length = 90'000}});
}

}  // namespace

FleetHost fleet_host(std::uint32_t number) {
  HostFacts host;
  host.windows(22631);
  FleetHost made{.name = fmt::format("HOST{:06}", number)};
  host.facts.identities.back().computer_name = std::string_view(made.name);
  host.facts.identities.back().newest_write = at("2026-11-20T00:00:00Z");
  host.facts.identities.back().machine_sid =
      std::string_view(fmt::format("S-1-5-21-1-2-{}", number));
  const std::string own = fmt::format("Own{:06}", number);
  std::string order;
  for (std::size_t i = 0; i < known.size(); ++i) {
    Known product = known[i];
    if (i == 6 && number % 1000 == 7) {
      product.name = own;
    }
    host.provider({.name = product.name,
                   .path = product.path,
                   .provider_class = i == 5 ? std::optional<std::uint64_t>(2) : std::nullopt,
                   .display = product.name,
                   .written = "2026-03-01T08:00:00Z"});
    add_image(host, product, number % 100 == 3 && i == 4 ? "11.0.1.0" : "12.0.0.0", 0x10000 + i);
    add_key(host, fmt::format("ControlSet001\\Services\\{}\\NetworkProvider", product.name),
            0x20000 + i);
    order += fmt::format("{}{}", order.empty() ? "" : ",", product.name);
  }
  host.orders(order, "2026-03-01T08:00:00Z");
  add_key(host, "ControlSet001\\Control\\NetworkProvider\\Order", 0x30000);
  add_key(host, "ControlSet001\\Control\\NetworkProvider\\HwOrder", 0x30001);
  host.policy(PolicyKind::event_log_setting, "MaxSize", "20971520", 20971520);
  // One evidence file stands for all of it.
  made.facts = host.normalised();
  for (auto& image : made.facts.images) {
    image.origin.evidence = 0;
  }
  made.hive_sha256 = sha256_hex(bytes_of("hive of " + made.name));
  return made;
}

}  // namespace npg::testing
