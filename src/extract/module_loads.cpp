// ModuleLoadFact: Sysmon 7, of the processes that hand out passwords and of known providers' DLLs.
#include <algorithm>
#include <array>

#include "extract/event_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

using event_provider::sysmon;

/// DLLs of known providers and of known misuse (the project's list of providers says where each
/// name is from). Which load is wrong is the analysis' matter.
constexpr std::array<std::string_view, 17> provider_dlls = {
    "\\ntlanman.dll", "\\drprov.dll",    "\\davclnt.dll",    "\\p9np.dll",     "\\nfsnp.dll",
    "\\vmhgfs.dll",   "\\vboxmrxnp.dll", "\\winfsp-x64.dll", "\\dokannp1.dll", "\\dokannp2.dll",
    "\\nfs41_np.dll", "\\afslogon.dll",  "\\kfwlogon.dll",   "\\pnsson.dll",   "\\nppspy.dll",
    "\\mslogon.dll",  "\\mimilib.dll",
};

constexpr std::array<std::string_view, 2> loaders = {"\\mpnotify.exe", "\\winlogon.exe"};
constexpr std::array tests = {FieldTest{"Image", loaders}, FieldTest{"ImageLoaded", provider_dlls}};
constexpr std::array interests = {EventInterest{sysmon, 7, tests}};

bool is_of_interest(const WinEvent& event) {
  const std::string_view image = event.text("Image");
  if (std::ranges::any_of(loaders,
                          [&](std::string_view one) { return ends_with_name(image, one); })) {
    return true;
  }
  const std::string_view module = event.text("ImageLoaded");
  return std::ranges::any_of(provider_dlls,
                             [&](std::string_view dll) { return ends_with_name(module, dll); });
}

void extract(const WinEvent& event, TextPool& pool, FactSet& facts) {
  if (!is_of_interest(event)) {
    return;
  }
  ModuleLoadFact fact;
  fact.time = event.time();
  fact.image = field_text(event, "Image", pool);
  fact.module = field_text(event, "ImageLoaded", pool);
  fact.hashes = field_text(event, "Hashes", pool);
  if (!equal_names(event.text("Signed"), "false")) {
    fact.signature = field_text(event, "Signature", pool);
  }
  fact.signature_status = field_text(event, "SignatureStatus", pool);
  fact.process_id = event.number("ProcessId").value_or(0);
  fact.process_guid = field_text(event, "ProcessGuid", pool);
  fact.record_id = event.record_id;
  fact.origin = event.origin;
  facts.module_loads.push_back(std::move(fact));
}

}  // namespace

EventExtractor module_load_extractor() {
  return {interests, EventPurpose::registration, extract};
}

}  // namespace npg
