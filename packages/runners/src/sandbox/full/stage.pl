# Shows places of the machine to a user who could not reach them, in a mount namespace that nobody else sees, and becomes that user
# and the command. For a host that is root, whose folders others may not pass through.
# Called as: perl -e ... FOLDER UID GID UNSHARE MOUNT SETGROUPS SETRESGID SETRESUID [PLACE]... -- COMMAND...
# The places appear in FOLDER, hiding what was there, as 0, 1, 2 ...
use strict;

my $folder = shift @ARGV;
my ( $uid, $gid, $unshare, $mount, $setgroups, $setresgid, $setresuid ) = map { $_ + 0 } splice @ARGV, 0, 7;
my ( $CLONE_NEWNS, $MS_NOSUID, $MS_NODEV, $MS_BIND, $MS_REC, $MS_PRIVATE ) = ( 0x20000, 2, 4, 0x1000, 0x4000, 0x40000 );

sub call { syscall( $_[0], @_[ 1 .. $#_ ] ) != -1 or die "stage: system call $_[0]: $!\n" }

my ( $none, $root, $tmpfs, $options ) = ( "none", "/", "tmpfs", "mode=0755,size=64k" );
call( $unshare, $CLONE_NEWNS );
call( $mount, $none, $root, 0, $MS_REC | $MS_PRIVATE, 0 );
call( $mount, $tmpfs, $folder, $tmpfs, $MS_NOSUID | $MS_NODEV, $options );
for ( my $number = 0 ; @ARGV && $ARGV[0] ne "--" ; $number++ ) {
    my ( $from, $to ) = ( shift @ARGV, "$folder/$number" );
    # What is not there stays away, which the next one in the chain is told is fine or not.
    next unless -e $from;
    if ( -d _ ) { mkdir $to or die "stage: $to: $!\n" }
    else { open my $file, ">", $to or die "stage: $to: $!\n" }
    call( $mount, $from, $to, 0, $MS_BIND | $MS_REC, 0 );
}
shift @ARGV;
call( $setgroups, 0, 0 );
call( $setresgid, $gid, $gid, $gid );
call( $setresuid, $uid, $uid, $uid );
exec { $ARGV[0] } @ARGV or die "stage: cannot start $ARGV[0]: $!\n";
