#include "testing/event_shapes.hpp"

#include <algorithm>
#include <array>

namespace npg::testing {
namespace {

constexpr unsigned long long audit_success = 0x8020000000000000;
constexpr unsigned long long classic = 0x80000000000000;

constexpr std::array providers{
    EventProviderShape{"Security", "Microsoft-Windows-Security-Auditing",
                       "{54849625-5478-4994-A5BA-3E3B0328C30D}", "", "Security", "", "", ""},
    EventProviderShape{"SecurityLog", "Microsoft-Windows-Eventlog",
                       "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}", "", "Security", "LogFileCleared",
                       "http://manifests.microsoft.com/win/2004/08/windows/eventlog", ""},
    EventProviderShape{"SecurityArchive", "Microsoft-Windows-Eventlog",
                       "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}", "", "Security", "AutoBackup",
                       "http://manifests.microsoft.com/win/2004/08/windows/eventlog", ""},
    EventProviderShape{"SystemLog", "Microsoft-Windows-Eventlog",
                       "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}", "", "System", "LogFileCleared",
                       "http://manifests.microsoft.com/win/2004/08/windows/eventlog", ""},
    EventProviderShape{"Sysmon", "Microsoft-Windows-Sysmon",
                       "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", "",
                       "Microsoft-Windows-Sysmon/Operational", "", "", "S-1-5-18"},
    EventProviderShape{"Winlogon", "Microsoft-Windows-Winlogon",
                       "{DBE9B383-7CF3-4331-91CC-A3CB16A3B538}", "", "System", "", "", "S-1-5-18"},
    EventProviderShape{"LSM", "Microsoft-Windows-TerminalServices-LocalSessionManager",
                       "{5D896912-022D-40AA-A3A8-4FA5515C76D7}", "",
                       "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
                       "EventXML", "Event_NS", "S-1-5-18"},
    EventProviderShape{"RCM", "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
                       "{C76BAA63-AE81-421C-B425-340B4B24157F}", "",
                       "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
                       "EventXML", "Event_NS", "S-1-5-20"},
    EventProviderShape{"Profile", "Microsoft-Windows-User Profile Service",
                       "{89B1E9F0-5AFF-44A6-9B44-0A07A7CE5845}", "",
                       "Microsoft-Windows-User Profile Service/Operational", "", "", "S-1-5-18"},
    EventProviderShape{"SCM", "Service Control Manager", "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
                       "Service Control Manager", "System", "", "", "S-1-5-18"},
    EventProviderShape{"Kernel-General", "Microsoft-Windows-Kernel-General",
                       "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}", "", "System", "", "", "S-1-5-18"},
    EventProviderShape{"EventLog", "EventLog", "", "", "System", "", "", ""},
    EventProviderShape{"WinlogonLog", "Microsoft-Windows-Winlogon",
                       "{DBE9B383-7CF3-4331-91CC-A3CB16A3B538}", "",
                       "Microsoft-Windows-Winlogon/Operational", "", "", "S-1-5-18"},
    EventProviderShape{"PowerShell", "Microsoft-Windows-PowerShell",
                       "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}", "",
                       "Microsoft-Windows-PowerShell/Operational", "", "", "S-1-5-18"},
    EventProviderShape{"GroupPolicy", "Microsoft-Windows-GroupPolicy",
                       "{AEA1B4FA-97D1-45F2-A64C-4D69FFFD92C9}", "",
                       "Microsoft-Windows-GroupPolicy/Operational", "", "", "S-1-5-18"},
    EventProviderShape{"WindowsUpdate", "Microsoft-Windows-WindowsUpdateClient",
                       "{945A8954-C147-4ACD-923F-40C45405A658}", "", "System", "", "", "S-1-5-18"},
    EventProviderShape{"MsiInstaller", "MsiInstaller", "", "", "Application", "", "", "S-1-5-18"},
};

// Subject and target of a security event, as they stand in it.
#define NPG_SUBJECT "SubjectUserSid:sid SubjectUserName SubjectDomainName SubjectLogonId:h64 "
#define NPG_SYSMON_WHO "UtcTime ProcessGuid:g ProcessId:u32 Image "

constexpr std::array shapes{
    EventShape{"Security", 4608, 0, 0, 12288, audit_success, ""},
    EventShape{"Security", 4616, 1, 0, 12288, audit_success,
               NPG_SUBJECT "PreviousTime:t NewTime:t ProcessId:h64 ProcessName"},
    EventShape{"Security", 4624, 2, 0, 12544, audit_success,
               NPG_SUBJECT
               "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:h64 "
               "LogonType:u32 LogonProcessName AuthenticationPackageName WorkstationName "
               "LogonGuid:g TransmittedServices LmPackageName KeyLength:u32 ProcessId:h64 "
               "ProcessName IpAddress IpPort ImpersonationLevel RestrictedAdminMode "
               "TargetOutboundUserName TargetOutboundDomainName VirtualAccount "
               "TargetLinkedLogonId:h64 ElevatedToken"},
    EventShape{"Security", 4625, 0, 0, 12544, 0x8010000000000000,
               NPG_SUBJECT
               "TargetUserSid:sid TargetUserName TargetDomainName Status:h32 FailureReason "
               "SubStatus:h32 LogonType:u32 LogonProcessName AuthenticationPackageName "
               "WorkstationName TransmittedServices LmPackageName KeyLength:u32 "
               "ProcessId:h64 ProcessName IpAddress IpPort"},
    EventShape{"Security", 4634, 0, 0, 12545, audit_success,
               "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:h64 LogonType:u32"},
    EventShape{"Security", 4647, 0, 0, 12545, audit_success,
               "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:h64"},
    EventShape{"Security", 4648, 0, 0, 12544, audit_success,
               NPG_SUBJECT
               "LogonGuid:g TargetUserName TargetDomainName TargetLogonGuid:g "
               "TargetServerName TargetInfo ProcessId:h64 ProcessName IpAddress IpPort"},
    EventShape{"Security", 4656, 1, 0, 12801, audit_success,
               NPG_SUBJECT
               "ObjectServer ObjectType ObjectName HandleId:h64 TransactionId:g AccessList "
               "AccessReason AccessMask:h32 PrivilegeList RestrictedSidCount:u32 "
               "ProcessId:h64 ProcessName ResourceAttributes"},
    EventShape{"Security", 4657, 0, 0, 12801, audit_success,
               NPG_SUBJECT "ObjectName ObjectValueName HandleId:h64 OperationType OldValueType "
                           "OldValue NewValueType NewValue ProcessId:h64 ProcessName"},
    EventShape{"Security", 4660, 0, 0, 12801, audit_success,
               NPG_SUBJECT "ObjectServer HandleId:h64 ProcessId:h64 ProcessName TransactionId:g"},
    EventShape{"Security", 4663, 1, 0, 12801, audit_success,
               NPG_SUBJECT
               "ObjectServer ObjectType ObjectName HandleId:h64 AccessList AccessMask:h32 "
               "ProcessId:h64 ProcessName ResourceAttributes"},
    EventShape{"Security", 4670, 0, 0, 13570, audit_success,
               NPG_SUBJECT
               "ObjectServer ObjectType ObjectName HandleId:h64 OldSd NewSd ProcessId:h64 "
               "ProcessName"},
    EventShape{"Security", 4672, 0, 0, 12548, audit_success, NPG_SUBJECT "PrivilegeList"},
    EventShape{"Security", 4688, 2, 0, 13312, audit_success,
               NPG_SUBJECT "NewProcessId:h64 NewProcessName TokenElevationType ProcessId:h64 "
                           "CommandLine TargetUserSid:sid TargetUserName TargetDomainName "
                           "TargetLogonId:h64 ParentProcessName MandatoryLabel:sid"},
    EventShape{"Security", 4689, 0, 0, 13313, audit_success,
               NPG_SUBJECT "Status:h32 ProcessId:h64 ProcessName"},
    EventShape{"Security", 4697, 0, 0, 12289, audit_success,
               NPG_SUBJECT "ServiceName ServiceFileName ServiceType:h32 ServiceStartType:u32 "
                           "ServiceAccount"},
    EventShape{"Security", 4719, 0, 0, 13568, audit_success,
               NPG_SUBJECT "CategoryId SubcategoryId SubcategoryGuid:g AuditPolicyChanges"},
    EventShape{"Security", 4723, 0, 0, 13824, audit_success,
               "TargetUserName TargetDomainName TargetSid:sid " NPG_SUBJECT "PrivilegeList"},
    EventShape{"Security", 4724, 0, 0, 13824, audit_success,
               "TargetUserName TargetDomainName TargetSid:sid SubjectUserSid:sid SubjectUserName "
               "SubjectDomainName SubjectLogonId:h64"},
    EventShape{"Security", 4627, 0, 0, 12554, audit_success,
               NPG_SUBJECT "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:h64 "
                           "LogonType:u32 EventIdx:u32 EventCountTotal:u32 GroupMembership"},
    EventShape{"Security", 4732, 0, 0, 13826, audit_success,
               "MemberName MemberSid:sid TargetUserName TargetDomainName TargetSid:sid " NPG_SUBJECT
               "PrivilegeList"},
    EventShape{"Security", 4738, 0, 0, 13824, audit_success,
               "Dummy TargetUserName TargetDomainName TargetSid:sid " NPG_SUBJECT
               "PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath "
               "ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires "
               "PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl "
               "UserParameters SidHistory LogonHours"},
    EventShape{"Security", 4778, 0, 0, 12551, audit_success,
               "AccountName AccountDomain LogonID:h64 SessionName ClientName ClientAddress"},
    EventShape{"Security", 4779, 0, 0, 12551, audit_success,
               "AccountName AccountDomain LogonID:h64 SessionName ClientName ClientAddress"},
    EventShape{"Security", 4800, 0, 0, 12551, audit_success,
               "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:h64 SessionId:u32"},
    EventShape{"Security", 4801, 0, 0, 12551, audit_success,
               "TargetUserSid:sid TargetUserName TargetDomainName TargetLogonId:h64 SessionId:u32"},
    EventShape{"Security", 4907, 0, 0, 13568, audit_success,
               NPG_SUBJECT
               "ObjectServer ObjectType ObjectName HandleId:h64 OldSd NewSd ProcessId:h64 "
               "ProcessName"},
    EventShape{"Security", 5145, 0, 0, 12811, audit_success,
               NPG_SUBJECT
               "ObjectType IpAddress IpPort ShareName ShareLocalPath RelativeTargetName "
               "AccessMask:h32 AccessList AccessReason"},
    EventShape{"SecurityLog", 1102, 0, 4, 104, 0x4020000000000000,
               "SubjectUserSid:sid SubjectUserName SubjectDomainName SubjectLogonId:h64"},
    EventShape{"SecurityArchive", 1105, 0, 4, 105, 0x4020000000000000, "Channel BackupPath"},
    EventShape{"SystemLog", 104, 0, 4, 104, 0x8000000000000000,
               "SubjectUserName SubjectDomainName Channel BackupPath"},
    EventShape{"Sysmon", 1, 5, 4, 1, 0x8000000000000000,
               "RuleName " NPG_SYSMON_WHO
               "FileVersion Description Product Company OriginalFileName CommandLine "
               "CurrentDirectory User LogonGuid:g LogonId:h64 TerminalSessionId:u32 IntegrityLevel "
               "Hashes ParentProcessGuid:g ParentProcessId:u32 ParentImage ParentCommandLine "
               "ParentUser"},
    EventShape{"Sysmon", 2, 4, 4, 2, 0x8000000000000000,
               "RuleName " NPG_SYSMON_WHO
               "TargetFilename CreationUtcTime PreviousCreationUtcTime User"},
    EventShape{"Sysmon", 4, 3, 4, 4, 0x8000000000000000, "UtcTime State Version SchemaVersion"},
    EventShape{"Sysmon", 5, 3, 4, 5, 0x8000000000000000, "RuleName " NPG_SYSMON_WHO "User"},
    EventShape{"Sysmon", 7, 3, 4, 7, 0x8000000000000000,
               "RuleName " NPG_SYSMON_WHO
               "ImageLoaded FileVersion Description Product Company OriginalFileName Hashes Signed "
               "Signature SignatureStatus User"},
    EventShape{"Sysmon", 11, 2, 4, 11, 0x8000000000000000,
               "RuleName " NPG_SYSMON_WHO "TargetFilename CreationUtcTime User"},
    EventShape{"Sysmon", 12, 2, 4, 12, 0x8000000000000000,
               "RuleName EventType " NPG_SYSMON_WHO "TargetObject User"},
    EventShape{"Sysmon", 13, 2, 4, 13, 0x8000000000000000,
               "RuleName EventType " NPG_SYSMON_WHO "TargetObject Details User"},
    EventShape{"Sysmon", 14, 2, 4, 14, 0x8000000000000000,
               "RuleName EventType " NPG_SYSMON_WHO "TargetObject NewName User"},
    EventShape{"Sysmon", 16, 3, 4, 16, 0x8000000000000000,
               "UtcTime Configuration ConfigurationFileHash"},
    EventShape{"Sysmon", 23, 5, 4, 23, 0x8000000000000000,
               "RuleName UtcTime ProcessGuid:g ProcessId:u32 User Image TargetFilename Hashes "
               "IsExecutable:b Archived"},
    EventShape{"Sysmon", 26, 5, 4, 26, 0x8000000000000000,
               "RuleName UtcTime ProcessGuid:g ProcessId:u32 User Image TargetFilename Hashes "
               "IsExecutable:b"},
    EventShape{"Winlogon", 7001, 0, 4, 1101, 0x2000200000000000, "TSId:u32 UserSid:sid"},
    EventShape{"Winlogon", 7002, 0, 4, 1102, 0x2000200000000000, "TSId:u32 UserSid:sid"},
    EventShape{"LSM", 21, 0, 4, 0, 0x1000000000000000, "User SessionID:u32 Address"},
    EventShape{"LSM", 22, 0, 4, 0, 0x1000000000000000, "User SessionID:u32 Address"},
    EventShape{"LSM", 23, 0, 4, 0, 0x1000000000000000, "User SessionID:u32"},
    EventShape{"LSM", 24, 0, 4, 0, 0x1000000000000000, "User SessionID:u32 Address"},
    EventShape{"LSM", 25, 0, 4, 0, 0x1000000000000000, "User SessionID:u32 Address"},
    EventShape{"LSM", 39, 0, 4, 0, 0x1000000000000000, "TargetSession:u32 Source:u32"},
    EventShape{"LSM", 40, 0, 4, 0, 0x1000000000000000, "Session:u32 Reason:u32"},
    EventShape{"LSM", 41, 0, 4, 0, 0x1000000000000000, "User SessionID:u32"},
    EventShape{"LSM", 42, 0, 4, 0, 0x1000000000000000, "User SessionID:u32"},
    EventShape{"RCM", 261, 0, 4, 0, 0x1000000000000000, "listenerName"},
    EventShape{"RCM", 1149, 0, 4, 0, 0x1000000000000000, "Param1 Param2 Param3"},
    EventShape{"Profile", 1, 0, 4, 1, 0x8000000000000000, "Session:u32"},
    EventShape{"Profile", 2, 0, 4, 1, 0x8000000000000000, "Session:u32"},
    EventShape{"Profile", 5, 0, 4, 0, 0x8000000000000000, "File Key"},
    EventShape{"WinlogonLog", 811, 0, 4, 811, 0x2000000000000000, "Event:u32 SubscriberName"},
    EventShape{"WinlogonLog", 812, 0, 4, 812, 0x2000000000000000, "Event:u32 SubscriberName"},
    EventShape{"PowerShell", 4104, 1, 5, 2, 0,
               "MessageNumber:u32 MessageTotal:u32 ScriptBlockText ScriptBlockId Path"},
    EventShape{"GroupPolicy", 4006, 1, 4, 0, 0x4000000000000000,
               "PolicyActivityId:g PrincipalSamName IsMachine:u32 IsDomainJoined:b "
               "IsBackgroundProcessing:b IsAsyncProcessing:b IsServiceRestart:b"},
    EventShape{"WindowsUpdate", 19, 1, 4, 1, 0x8000000000000018,
               "updateTitle updateGuid:g updateRevisionNumber:u32 serviceGuid:g"},
    EventShape{"Profile", 3, 0, 4, 2, 0x8000000000000000, "Session:u32"},
    EventShape{"Profile", 4, 0, 4, 2, 0x8000000000000000, "Session:u32"},
    EventShape{"SCM", 7040, 0, 4, 0, 0x8080000000000000, "param1 param2 param3 param4"},
    EventShape{"SCM", 7045, 0, 4, 0, 0x8080000000000000,
               "ServiceName ImagePath ServiceType StartType AccountName"},
    EventShape{"Kernel-General", 1, 2, 4, 5, 0x8000000000000010,
               "NewTime:t OldTime:t Reason:u32 ProcessName ProcessID:u32"},
    EventShape{"Kernel-General", 12, 0, 4, 1, 0x8000000000000080,
               "MajorVersion:u32 MinorVersion:u32 BuildVersion:u32 QfeVersion:u32 "
               "ServiceVersion:u32 BootMode:u32 StartTime:t"},
    EventShape{"Kernel-General", 13, 0, 4, 2, 0x8000000000000080, "StopTime:t"},
    EventShape{"Kernel-General", 16, 0, 4, 0, 0x8000000000000000,
               "HiveNameLength:u16 HiveName KeysUpdated:u32 DirtyPages:u32"},
    EventShape{"EventLog", 6005, 0, 4, 0, classic, "+Binary:bin"},
    EventShape{"EventLog", 6006, 0, 4, 0, classic, "+Binary:bin"},
    EventShape{"EventLog", 6008, 0, 2, 0, classic, "* * *"},
    EventShape{"MsiInstaller", 1033, 0, 4, 0, classic, "* * * * * * +Binary:bin"},
    EventShape{"MsiInstaller", 11707, 0, 4, 0, classic, "* * * * * * +Binary:bin"},
};
#undef NPG_SUBJECT
#undef NPG_SYSMON_WHO

#define NPG_BY "by@Subject by_logon_id=SubjectLogonId "
#define NPG_SYSMON_BY "image=Image pid=ProcessId process_guid=ProcessGuid user=User rule=RuleName "
#define NPG_SESSION "user=User session=SessionID from=Address"

constexpr std::array words{
    Shorthand{"logon", "Security", 4624,
              NPG_BY
              "user@Target logon_id=TargetLogonId type=LogonType process=LogonProcessName "
              "package=AuthenticationPackageName workstation=WorkstationName guid=LogonGuid "
              "lm_package=LmPackageName key_length=KeyLength pid=ProcessId image=ProcessName "
              "from=IpAddress port=IpPort level=ImpersonationLevel "
              "restricted_admin?RestrictedAdminMode virtual?VirtualAccount "
              "linked=TargetLinkedLogonId elevated?ElevatedToken",
              "ImpersonationLevel=%%1833|VirtualAccount=%%1843|ElevatedToken=%%1843"},
    Shorthand{"failed_logon", "Security", 4625,
              NPG_BY "user@Target type=LogonType process=LogonProcessName from=IpAddress "
                     "port=IpPort image=ProcessName pid=ProcessId workstation=WorkstationName "
                     "status=Status sub_status=SubStatus",
              "Status=0xc000006d|SubStatus=0xc000006a|FailureReason=%%2313"},
    Shorthand{"privileges", "Security", 4672,
              "user@Subject logon_id=SubjectLogonId list=PrivilegeList",
              "PrivilegeList=SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\t"
              "SeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\tSeDebugPrivilege\n\t\t\t"
              "SeSystemEnvironmentPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\t"
              "SeImpersonatePrivilege"},
    Shorthand{"explicit_logon", "Security", 4648,
              NPG_BY "user@Target server=TargetServerName info=TargetInfo pid=ProcessId "
                     "image=ProcessName from=IpAddress port=IpPort",
              "TargetServerName=localhost|TargetInfo=localhost"},
    Shorthand{"logoff", "Security", 4634, "user@Target logon_id=TargetLogonId type=LogonType", ""},
    Shorthand{"user_logoff", "Security", 4647, "user@Target logon_id=TargetLogonId", ""},
    Shorthand{"registry_value", "Security", 4657,
              NPG_BY "key=ObjectName value=ObjectValueName handle=HandleId operation=OperationType "
                     "old_type=OldValueType old=OldValue new_type=NewValueType new=NewValue "
                     "pid=ProcessId image=ProcessName",
              "HandleId=0x2a4|OperationType=%%1905"},
    Shorthand{"process", "Security", 4688,
              NPG_BY
              "pid=NewProcessId image=NewProcessName elevation=TokenElevationType "
              "parent_pid=ProcessId parent=ParentProcessName command=CommandLine user@Target "
              "logon_id=TargetLogonId label=MandatoryLabel",
              "TokenElevationType=%%1936|MandatoryLabel=S-1-16-16384|CommandLine="},
    Shorthand{"process_exit", "Security", 4689,
              NPG_BY "pid=ProcessId image=ProcessName status=Status", ""},
    Shorthand{"group_added", "Security", 4732,
              NPG_BY "member!MemberSid group=TargetUserName group_sid=TargetSid",
              "TargetDomainName=Builtin"},
    Shorthand{"group_membership", "Security", 4627,
              NPG_BY "user@Target logon_id=TargetLogonId type=LogonType groups=GroupMembership",
              "EventIdx=1|EventCountTotal=1"},
    Shorthand{"account_changed", "Security", 4738, NPG_BY "user@Target set=PasswordLastSet", ""},
    Shorthand{"reconnect", "Security", 4778,
              "user^AccountName,AccountDomain logon_id=LogonID session_name=SessionName "
              "client=ClientName from=ClientAddress",
              "SessionName=RDP-Tcp#1"},
    Shorthand{"password_change", "Security", 4723, NPG_BY "user@Target", ""},
    Shorthand{"password_reset", "Security", 4724, NPG_BY "user@Target", ""},
    Shorthand{"audit_policy", "Security", 4719,
              NPG_BY "category=CategoryId subcategory=SubcategoryId guid=SubcategoryGuid "
                     "changes=AuditPolicyChanges",
              ""},
    Shorthand{"clock_change", "Security", 4616,
              NPG_BY "from=PreviousTime to=NewTime pid=ProcessId image=ProcessName", ""},
    Shorthand{"security_started", "Security", 4608, "", ""},
    Shorthand{"lock", "Security", 4800, "user@Target logon_id=TargetLogonId session=SessionId", ""},
    Shorthand{"unlock", "Security", 4801, "user@Target logon_id=TargetLogonId session=SessionId",
              ""},
    Shorthand{"key_security", "Security", 4670,
              NPG_BY "key=ObjectName old=OldSd new=NewSd pid=ProcessId image=ProcessName",
              "ObjectServer=Security|ObjectType=Key"},
    Shorthand{"share_access", "Security", 5145,
              NPG_BY "from=IpAddress port=IpPort share=ShareName target=RelativeTargetName",
              "ObjectType=File|ShareName=\\\\*\\IPC$|AccessMask=0x12019f"},
    Shorthand{"security_cleared", "SecurityLog", 1102, "by@Subject by_logon_id=SubjectLogonId", ""},
    Shorthand{"security_archived", "SecurityArchive", 1105, "path=BackupPath", "Channel=Security"},
    Shorthand{"log_cleared", "SystemLog", 104, "by@Subject channel=Channel", "BackupPath="},
    Shorthand{"sysmon_process", "Sysmon", 1,
              NPG_SYSMON_BY "command=CommandLine directory=CurrentDirectory logon_id=LogonId "
                            "session=TerminalSessionId integrity=IntegrityLevel hashes=Hashes "
                            "parent=ParentImage parent_pid=ParentProcessId "
                            "parent_guid=ParentProcessGuid parent_command=ParentCommandLine "
                            "parent_user=ParentUser original=OriginalFileName company=Company "
                            "description=Description product=Product version=FileVersion",
              "CurrentDirectory=C:\\Windows\\system32\\|IntegrityLevel=System|LogonId=0x3e7"},
    Shorthand{"sysmon_exit", "Sysmon", 5, NPG_SYSMON_BY, ""},
    Shorthand{"sysmon_load", "Sysmon", 7,
              NPG_SYSMON_BY "loaded=ImageLoaded hashes=Hashes signed=Signed signature=Signature "
                            "status=SignatureStatus company=Company description=Description "
                            "original=OriginalFileName product=Product version=FileVersion",
              "Signed=false|SignatureStatus=Unavailable"},
    Shorthand{"sysmon_file", "Sysmon", 11, NPG_SYSMON_BY "target=TargetFilename", ""},
    Shorthand{"sysmon_key", "Sysmon", 12, NPG_SYSMON_BY "what=EventType target=TargetObject",
              "EventType=CreateKey"},
    Shorthand{"sysmon_value", "Sysmon", 13, NPG_SYSMON_BY "target=TargetObject details=Details",
              "EventType=SetValue"},
    Shorthand{"sysmon_rename", "Sysmon", 14,
              NPG_SYSMON_BY "what=EventType target=TargetObject new_name=NewName",
              "EventType=RenameKey"},
    Shorthand{"sysmon_config", "Sysmon", 16, "configuration=Configuration", ""},
    Shorthand{"sysmon_file_deleted", "Sysmon", 26,
              NPG_SYSMON_BY "target=TargetFilename hashes=Hashes", "IsExecutable=true"},
    Shorthand{"winlogon_logon", "Winlogon", 7001, "user!UserSid session=TSId", ""},
    Shorthand{"winlogon_logoff", "Winlogon", 7002, "user!UserSid session=TSId", ""},
    Shorthand{"session_logon", "LSM", 21, NPG_SESSION, "Address=LOCAL"},
    Shorthand{"session_shell", "LSM", 22, NPG_SESSION, "Address=LOCAL"},
    Shorthand{"session_logoff", "LSM", 23, "user=User session=SessionID", ""},
    Shorthand{"session_disconnect", "LSM", 24, NPG_SESSION, "Address=LOCAL"},
    Shorthand{"session_reconnect", "LSM", 25, NPG_SESSION, "Address=LOCAL"},
    Shorthand{"session_begin", "LSM", 41, "user=User session=SessionID", ""},
    Shorthand{"session_end", "LSM", 42, "user=User session=SessionID", ""},
    Shorthand{"rdp_authenticated", "RCM", 1149, "user^Param1,Param2 from=Param3", ""},
    Shorthand{"profile_logon_start", "Profile", 1, "session=Session", ""},
    Shorthand{"profile_logon_end", "Profile", 2, "session=Session", ""},
    Shorthand{"profile_file", "Profile", 5, "user!Key file=File", ""},
    Shorthand{"notification", "WinlogonLog", 811, "code=Event subscriber=SubscriberName",
              "SubscriberName=Profiles"},
    Shorthand{
        "script", "PowerShell", 4104,
        "id=ScriptBlockId part=MessageNumber parts=MessageTotal text=ScriptBlockText path=Path",
        "MessageNumber=1|MessageTotal=1|Path="},
    Shorthand{"policy_applied", "GroupPolicy", 4006, "user=PrincipalSamName", ""},
    Shorthand{"update", "WindowsUpdate", 19, "title=updateTitle", ""},
    Shorthand{"clock", "Kernel-General", 1,
              "from=OldTime to=NewTime reason=Reason image=ProcessName pid=ProcessID", "Reason=1"},
    Shorthand{"service_installed", "SCM", 7045,
              "name=ServiceName path=ImagePath type=ServiceType start=StartType "
              "account=AccountName",
              "ServiceType=user mode service|StartType=auto start|AccountName=LocalSystem"},
    Shorthand{"boot", "Kernel-General", 12, "build=BuildVersion started=StartTime",
              "MajorVersion=10"},
    Shorthand{"shutdown", "Kernel-General", 13, "stopped=StopTime", ""},
    Shorthand{"eventlog_started", "EventLog", 6005, "", ""},
    Shorthand{"eventlog_stopped", "EventLog", 6006, "", ""},
};
#undef NPG_BY
#undef NPG_SYSMON_BY
#undef NPG_SESSION

}  // namespace

const EventProviderShape* find_provider(std::string_view short_name) {
  const auto found = std::ranges::find(providers, short_name, &EventProviderShape::short_name);
  return found == providers.end() ? nullptr : &*found;
}

const EventShape* find_event(std::string_view provider, unsigned event_id) {
  const auto found = std::ranges::find_if(shapes, [&](const EventShape& shape) {
    return shape.provider == provider && shape.event_id == event_id;
  });
  return found == shapes.end() ? nullptr : &*found;
}

std::span<const EventShape> event_shapes() {
  return shapes;
}

const Shorthand* find_shorthand(std::string_view word) {
  const auto found = std::ranges::find(words, word, &Shorthand::word);
  return found == words.end() ? nullptr : &*found;
}

std::span<const Shorthand> shorthands() {
  return words;
}

}  // namespace npg::testing
