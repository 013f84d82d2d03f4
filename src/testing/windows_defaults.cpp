#include "testing/windows_defaults.hpp"

#include <fmt/format.h>

#include "testing/virtual_registry.hpp"

namespace npg::testing {
namespace {

RegfValue sz(std::string_view name, std::string_view text) {
  return {std::string(name), reg::sz, sz_data(text)};
}
RegfValue expand(std::string_view name, std::string_view text) {
  return {std::string(name), reg::expand_sz, sz_data(text)};
}
RegfValue dword(std::string_view name, std::uint64_t number) {
  return {std::string(name), reg::dword, dword_data(static_cast<std::uint32_t>(number))};
}
RegfValue multi(std::string_view name, std::initializer_list<std::string_view> texts) {
  return {std::string(name), reg::multi_sz, multi_sz_data(std::vector<std::string_view>(texts))};
}

/// Adds keys of one hive that all came with the image.
class Tree {
 public:
  explicit Tree(FileTime built) : built_(built) {
    root_.name = "ROOT";
    root_.last_written = built;
  }
  RegfKey& add(std::string_view path, std::vector<RegfValue> values) {
    RegfKey& key = key_at(root_, path, built_);
    for (RegfValue& value : values) {
      set_value(key, std::move(value));
    }
    return key;
  }
  RegfKey take() { return std::move(root_); }

 private:
  FileTime built_;
  RegfKey root_;
};

FileTime built_of(const RecipeHost& host) {
  return *parse_time(host.windows->built);
}

void add_providers(Tree& tree, const RecipeHost& host) {
  const std::string services = "ControlSet001\\Services\\";
  const bool has_webclient = !host.windows->is_server;
  const std::string order =
      has_webclient ? "RDPNP,LanmanWorkstation,webclient" : "RDPNP,LanmanWorkstation";
  const std::string control = "ControlSet001\\Control\\NetworkProvider";
  tree.add(control, {dword("RestoreConnection", 1)});
  tree.add(control + "\\Order", {sz("ProviderOrder", order)});
  tree.add(control + "\\HwOrder", {sz("ProviderOrder", order)});
  RegfKey& priorities = tree.add(control + "\\ProviderOrder",
                                 {dword("RDPNP", 1000), dword("LanmanWorkstation", 2000)});

  tree.add(services + "RDPNP", {sz("DisplayName", "@%systemroot%\\system32\\drprov.dll,-100")});
  RegfKey& rdpnp =
      tree.add(services + "RDPNP\\NetworkProvider",
               {expand("DisplayName", "@%systemroot%\\system32\\drprov.dll,-100"),
                sz("DeviceName", "\\Device\\RdpDr"), sz("Name", "Microsoft Terminal Services"),
                expand("ProviderPath", "%SystemRoot%\\System32\\drprov.dll")});
  rdpnp.security = trusted_installer_descriptor();
  rdpnp.access_bits = 3;
  tree.add(services + "LanmanWorkstation",
           {sz("Group", "NetworkProvider"), dword("Start", 2), dword("Type", 0x20),
            dword("ErrorControl", 1), sz("ObjectName", "NT AUTHORITY\\NetworkService"),
            expand("ImagePath", "%SystemRoot%\\System32\\svchost.exe -k NetworkService -p"),
            multi("DependOnService", {"Bowser", "MRxSmb20", "NSI"})});
  tree.add(services + "LanmanWorkstation\\NetworkProvider",
           {expand("DisplayName", "@%systemroot%\\system32\\wkssvc.dll,-102"),
            sz("DeviceName", "\\Device\\LanmanRedirector"), sz("Name", "Microsoft Windows Network"),
            expand("ProviderPath", "%SystemRoot%\\System32\\ntlanman.dll")})
      .access_bits = 3;
  if (has_webclient) {
    set_value(priorities, dword("webclient", 3000));
    tree.add(services + "WebClient",
             {sz("Group", "NetworkProvider"), dword("Start", 3), dword("Type", 0x20),
              expand("ImagePath", "%SystemRoot%\\system32\\svchost.exe -k LocalService -p")});
    tree.add(services + "WebClient\\NetworkProvider",
             {sz("DeviceName", "\\Device\\WebDavRedirector"), sz("Name", "Web Client Network"),
              expand("ProviderPath", "%SystemRoot%\\System32\\davclnt.dll")});
  }
  // The name-space providers of WinSock have the same value names and are another thing.
  tree.add(services + "Tcpip\\ServiceProvider",
           {dword("Class", 8), sz("Name", "TCP/IP"), dword("DnsPriority", 0x7d0),
            expand("ProviderPath", "%SystemRoot%\\System32\\wsock32.dll")});
  tree.add("ControlSet001\\Control\\ServiceProvider\\Order",
           {multi("ExcludedProviders", {}), multi("ProviderOrder", {"Tcpip"})});
}

void add_event_logs(Tree& tree) {
  const std::string logs = "ControlSet001\\Services\\EventLog\\";
  for (const auto& [log, file] :
       {std::pair{"Application", "Application"}, {"Security", "Security"}, {"System", "System"}}) {
    RegfKey& key = tree.add(
        logs + log,
        {expand("File", fmt::format("%SystemRoot%\\system32\\winevt\\Logs\\{}.evtx", file)),
         dword("MaxSize", 0x1400000), dword("MaxSizeUpper", 0), dword("Retention", 0),
         dword("AutoBackupLogFiles", 0), dword("RestrictGuestAccess", 1)});
    if (std::string_view(log) == "Security") {
      DescriptorRecipe recipe;
      recipe.allow = {{"S-1-5-18", 0xf003f, 2}, {"S-1-5-32-544", 0xf003f, 2}};
      recipe.audit = {{"S-1-1-0", 0xd0006, 0xc3}};
      key.security = descriptor_bytes(recipe);
    }
  }
  tree.add("ControlSet001\\Services\\EventLog", {dword("Start", 2), dword("Type", 0x20)});
}

}  // namespace

RegfKey default_system_hive(const RecipeHost& host) {
  Tree tree(built_of(host));
  tree.add("Select", {dword("Current", 1), dword("Default", 1), dword("Failed", 0),
                      dword("LastKnownGood", 1)});
  const std::string control = "ControlSet001\\Control\\";
  tree.add(control + "ComputerName\\ComputerName",
           {sz("", "mnmsrvc"), sz("ComputerName", host.computer)});
  tree.add(control + "ProductOptions", {sz("ProductType", host.role == "dc"         ? "LanmanNT"
                                                          : host.windows->is_server ? "ServerNT"
                                                                                    : "WinNT")});
  tree.add(control + "Lsa", {multi("Notification Packages", {"scecli"}),
                             multi("Authentication Packages", {"msv1_0"}),
                             multi("Security Packages", {""}), dword("CrashOnAuditFail", 0)});
  tree.add(control + "Session Manager\\Environment",
           {expand("ComSpec", "%SystemRoot%\\system32\\cmd.exe"), sz("OS", "Windows_NT"),
            expand("Path", "%SystemRoot%\\system32;%SystemRoot%;%SystemRoot%\\System32\\Wbem"),
            sz("PROCESSOR_ARCHITECTURE", "AMD64"), expand("TEMP", "%SystemRoot%\\TEMP"),
            expand("windir", "%SystemRoot%")});
  tree.add(control + "ServiceGroupOrder",
           {multi("List", {"System Reserved", "Boot Bus Extender", "NDIS", "TDI", "NetworkProvider",
                           "RemoteValidation"})});
  ByteWriter tags;
  for (const std::uint32_t tag : {2U, 1U, 2U}) {
    tags.add<std::uint32_t>(tag);
  }
  tree.add(control + "GroupOrderList", {{"NetworkProvider", reg::binary, tags.take()}});
  tree.add(control + "Windows", {dword("CSDBuildNumber", host.windows->revision)});
  tree.add("ControlSet001\\Services\\Tcpip\\Parameters",
           {sz("Hostname", host.computer), sz("NV Hostname", host.computer),
            sz("Domain", host.dns_domain)});
  add_providers(tree, host);
  add_event_logs(tree);
  tree.add("Setup", {dword("SystemSetupInProgress", 0)});
  return tree.take();
}

RegfKey default_software_hive(const RecipeHost& host) {
  Tree tree(built_of(host));
  const WindowsBuild& windows = *host.windows;
  const std::string build = fmt::format("{}", windows.build);
  tree.add("Classes", {});
  const std::uint64_t installed =
      (host.installed.ticks - FileTime::unix_epoch) / FileTime::per_second;
  RegfKey& version =
      tree.add("Microsoft\\Windows NT\\CurrentVersion",
               {sz("ProductName", windows.product_name), sz("CurrentBuild", build),
                sz("CurrentBuildNumber", build), dword("UBR", windows.revision),
                sz("DisplayVersion", windows.display_version), sz("EditionID", windows.edition),
                sz("InstallationType", windows.installation_type),
                sz("CurrentVersion", windows.build < 9600 ? "6.1" : "6.3"),
                sz("SystemRoot", "C:\\Windows"), dword("InstallDate", installed)});
  if (windows.build >= 10240) {
    set_value(version, dword("CurrentMajorVersionNumber", 10));
    set_value(version, dword("CurrentMinorVersionNumber", 0));
  }
  version.last_written = host.installed;
  tree.add("Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
           {sz("Shell", "explorer.exe"), sz("Userinit", "C:\\Windows\\system32\\userinit.exe,")});
  tree.add("Microsoft\\Windows\\CurrentVersion",
           {sz("ProgramFilesDir", "C:\\Program Files"),
            sz("ProgramFilesDir (x86)", "C:\\Program Files (x86)")});
  tree.add("Microsoft\\Windows\\CurrentVersion\\Policies\\System",
           {dword("EnableLUA", 1), dword("ConsentPromptBehaviorAdmin", 5),
            dword("dontdisplaylastusername", 0)});
  const std::string channels = "Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\";
  for (const std::string_view channel :
       {"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        "Microsoft-Windows-User Profile Service/Operational",
        "Microsoft-Windows-Winlogon/Operational"}) {
    tree.add(channels + std::string(channel),
             {dword("Enabled", 1), dword("Type", 1), dword("Isolation", 0),
              dword("MaxSize", 1'052'672), dword("Retention", 0)});
  }
  return tree.take();
}

RegfKey default_security_hive(const RecipeHost& host,
                              const std::map<std::string, std::uint16_t>& audit) {
  Tree tree(built_of(host));
  tree.add("Policy", {});
  tree.add("Policy\\PolAdtEv",
           {{"", reg::none, audit_policy_bytes(host.windows->is_server, audit)}})
      .last_written = host.installed;
  tree.add("Policy\\PolAcDmS", {{"", reg::none, sid_bytes(host.machine_sid)}});
  if (!host.domain_sid.empty()) {
    tree.add("Policy\\PolPrDmS", {{"", reg::none, sid_bytes(host.domain_sid)}});
  }
  // A counted string: length, room, offset, then the text.
  ByteWriter name;
  const auto bytes = static_cast<std::uint16_t>(host.domain.size() * 2);
  name.add<std::uint16_t>(bytes);
  name.add<std::uint16_t>(static_cast<std::uint16_t>(bytes + 2));
  name.add<std::uint32_t>(8);
  name.add_utf16(host.domain);
  name.add<std::uint16_t>(0);
  tree.add("Policy\\PolPrDmN", {{"", reg::none, name.take()}});
  return tree.take();
}

}  // namespace npg::testing
